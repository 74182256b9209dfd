"""One row of a book as a body: models made of the importer's fields, so that single and bulk say the same."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from api.importing.fields import KINDS, FieldType

Text = Annotated[str, Field(max_length=500)]
Amount = Annotated[Decimal, Field(max_digits=20, decimal_places=4)]
Count = Annotated[int, Field(ge=-1_000_000_000, le=1_000_000_000)]
_TYPES: dict[FieldType, Any] = {
    FieldType.TEXT: Text,
    FieldType.MONEY: Amount,
    FieldType.DATE: date,
    FieldType.INSTANT: datetime,
    FieldType.NUMBER: Count,
    FieldType.FLAG: bool,
    FieldType.CODE: Text,
    FieldType.PHONE: Text,
    FieldType.EMAIL: Text,
}


class Row(BaseModel):
    """A row: what is left out is not changed."""

    model_config = ConfigDict(extra="forbid")

    def cells(self) -> dict[str, Any]:
        """What was said, as JSON values."""
        return self.model_dump(mode="json", exclude_none=True)


def row_model(kind: str, name: str, *, without: tuple[str, ...] = ()) -> type[Row]:
    """The model of a row of a kind; ``without`` are fields the path says.

    >>> sorted(row_model("payments", "PaymentRow").model_json_schema()["required"])
    ['account', 'amount', 'paid_at', 'reference']
    """
    fields: dict[str, Any] = {}
    for field in KINDS[kind]:
        if field.name in without:
            continue
        said = f"One of: {', '.join(field.codes)}." if field.codes else None
        if field.required:
            fields[field.name] = (_TYPES[field.type], Field(description=said))
        else:
            fields[field.name] = (_TYPES[field.type] | None, Field(None, description=said))
    return create_model(name, __base__=Row, **fields)
