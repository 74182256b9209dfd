"""Preview a template with a real account: what is known of it is said, the rest by the samples."""

from dataclasses import dataclass

from api.masking import mask_name
from api.usecases.book.find_accounts import expect_account
from channels.rendering import render
from channels.sms_text import measure
from channels.templates import CATALOGUE, MessageTemplate, Value
from engine.vocabulary import Channel
from storage.accounts_seen import AccountSeen
from storage.database import Database


@dataclass(frozen=True)
class Preview:
    """The words, and which variables are samples because the account does not say them."""

    subject: str
    text: str
    html: str
    segments: int | None
    samples: tuple[str, ...]


def preview_template(
    database: Database,
    portfolio_id: int,
    template: MessageTemplate,
    number: str,
    *,
    verified: bool,
    clear: bool,
) -> Preview:
    """The message as the account's person would read it; the name is masked unless ``clear``."""
    account = expect_account(database, portfolio_id, number)
    with database.connection() as connection:
        row = connection.execute(
            "SELECT c.name FROM account a JOIN creditor c ON c.id = a.creditor_id WHERE a.id = %s",
            [account.id],
        ).fetchall()[0]
    said = _said(account, str(row[0]), clear)
    values: dict[str, Value] = {variable.name: variable.sample for variable in CATALOGUE} | said
    words = render(template, values, country=account.country or "MX", verified=verified)
    used = template.variables()
    return Preview(
        subject=words.subject,
        text=words.text,
        html=words.html,
        segments=measure(words.text).segments if template.channel == Channel.SMS.word else None,
        samples=tuple(sorted(used - said.keys())),
    )


def said_of(database: Database, portfolio_id: int, number: str) -> tuple[dict[str, Value], str]:
    """What is known of a real account, in clear, and the country its amounts are written for."""
    account = expect_account(database, portfolio_id, number)
    with database.connection() as connection:
        row = connection.execute(
            "SELECT c.name FROM account a JOIN creditor c ON c.id = a.creditor_id WHERE a.id = %s",
            [account.id],
        ).fetchall()[0]
    return _said(account, str(row[0]), clear=True), account.country or "MX"


def _said(account: AccountSeen, creditor: str, clear: bool) -> dict[str, Value]:
    said: dict[str, Value] = {
        "nombre": account.person if clear else mask_name(account.person),
        "creditor": creditor,
        "monto": account.amount_to_cure,
        "saldo_total": account.outstanding_balance,
        "moneda": account.currency,
        "cuenta": account.number[-4:],
        "n_cuentas": 1,
    }
    if account.effective_due_on is not None:
        said["vencimiento"] = account.effective_due_on.isoformat()
    return said
