"""Payment receipts of the tax office (CFDI with the payment complement 2.0), read as payments of invoices."""

from decimal import Decimal
from typing import Annotated

from fastapi import File, UploadFile
from pydantic import BaseModel, Field

from api.access.caller import Caller
from api.http.access import may
from api.http.resource import resource
from api.http.service import Parts
from api.usecases.money.read_payment_receipt import read_payment_receipt

router = resource("/portfolios/{portfolio}", "files")


class InvoicePaidOut(BaseModel):
    """An invoice of the receipt that was found and paid."""

    account: str
    invoice: str
    amount: Decimal
    currency: str
    is_new: bool


class InvoiceRefusedOut(BaseModel):
    """An invoice of the receipt that was not taken."""

    line: int = Field(description="Line of the file.")
    document: str
    reason: str
    hint: str


class ReceiptOut(BaseModel):
    """What a receipt did; read again, every payment is known."""

    uuid: str
    paid: list[InvoicePaidOut]
    refused: list[InvoiceRefusedOut]


@router.post("/receipts")
def read_receipt(
    parts: Parts,
    who: Annotated[Caller, may("book.write")],
    portfolio: str,
    file: Annotated[UploadFile, File(description="The stamped XML of a CFDI 4.0 of type P.")],
) -> ReceiptOut:
    """Read a CFDI's payments: each related invoice is paid in its account, once for each UUID."""
    done = read_payment_receipt(parts.database, parts.clock, portfolio, file.file.read(), by=who.person)
    parts.doorbell.ring("react.events")
    return ReceiptOut(
        uuid=done.uuid,
        paid=[InvoicePaidOut(**vars(one)) for one in done.paid],
        refused=[InvoiceRefusedOut(**vars(one)) for one in done.refused],
    )
