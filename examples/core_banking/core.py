"""A core bank at the API: loads its accounts, asks what today decides, posts a payment, sees the message go.

    CADENCIA_URL=http://127.0.0.1:8000 CADENCIA_KEY=cad_... python core.py banco begin    (and later: pay)

Needs only the standard library. Between the two halves the portfolio's date is run, as the scheduler does.
"""

import json
import os
import sys
import urllib.request
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

ACCOUNTS = [
    {
        "account": "CTA-0001",
        "id_number": "LOPA800101AB1",
        "name": "Ana López",
        "phone": "+525510000001",
        "phone_verified": True,
        "consent_whatsapp": True,
        "amount_to_cure": "1500.50",
        "outstanding_balance": "18200.00",
        "days_past_due": 12,
    },
    {
        "account": "CTA-0002",
        "id_number": "RUIB750505CD2",
        "name": "Beto Ruiz",
        "phone": "+525510000002",
        "phone_verified": True,
        "consent_whatsapp": True,
        "amount_to_cure": "820.00",
        "outstanding_balance": "9400.00",
        "days_past_due": 5,
    },
]


class Cadencia:
    """The three or four calls a core needs."""

    def __init__(self, url: str, key: str, portfolio: str) -> None:
        self._base, self._key = f"{url}/v1/portfolios/{quote(portfolio)}", key

    def load(self, accounts: list[dict[str, Any]]) -> dict[str, Any]:
        """Push accounts as NDJSON; what cannot land is listed by its line."""
        body = "\n".join(json.dumps(account) for account in accounts).encode()
        return self._ask("POST", "/accounts/loads", body, "application/x-ndjson")

    def decision(self, account: str) -> dict[str, Any]:
        """What today would do with an account; asking changes nothing."""
        return self._ask("GET", f"/accounts/{quote(account)}/decision")

    def messages(self, account: str) -> list[dict[str, Any]]:
        """The messages of today's date about an account."""
        day = self.decision(account)["day"]
        page = self._ask("GET", f"/messages?date={day}&limit=500")
        return [message for message in page["items"] if account in message["accounts"]]

    def pay(self, account: str, amount: str, reference: str) -> dict[str, Any]:
        """Tell of a payment; told twice, it counts once."""
        paid = {
            "account": account,
            "amount": amount,
            "currency": "MXN",
            "paid_at": datetime.now(UTC).isoformat(),
            "reference": reference,
        }
        return self._ask("POST", "/payments", json.dumps(paid).encode(), key=f"pago-{reference}")

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        kind: str = "application/json",
        key: str = "",
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": kind}
        if key:
            headers["Idempotency-Key"] = key
        request = urllib.request.Request(self._base + path, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            told: dict[str, Any] = json.load(answer)
        return told


def begin(core: Cadencia) -> None:
    """Before the date is run: load, and look at what it will decide."""
    loaded = core.load(ACCOUNTS)
    print(f"cargadas {loaded['accepted']} cuentas, rechazadas {loaded['refused']}")
    for account in ACCOUNTS:
        decided = core.decision(account["account"])
        sends = ", ".join(f"{m['template']} por {m['channel']}" for m in decided["messages"])
        print(f"{account['account']}: hoy cuenta como «{decided['bucket']}»; mensajes: {sends or 'ninguno'}")


def pay_one(core: Cadencia) -> None:
    """After the date was run: one of the two pays, and their message is taken back."""
    print(f"antes del pago: {_states(core)}")
    paid = core.pay("CTA-0001", "1500.50", "TRX-1")
    print(f"pago registrado; queda por pagar {paid['amount_to_cure']}; retirados {len(paid['withdrawn'])}")
    print(f"después del pago: {_states(core)}")


def _states(core: Cadencia) -> str:
    return ", ".join(
        f"{account['account']} {message['state']}"
        for account in ACCOUNTS
        for message in core.messages(account["account"])
    )


def main() -> None:
    """Play the half that is asked for: ``begin`` or ``pay``."""
    portfolio, half = sys.argv[1], sys.argv[2]
    core = Cadencia(os.environ["CADENCIA_URL"], os.environ["CADENCIA_KEY"], portfolio)
    begin(core) if half == "begin" else pay_one(core)


if __name__ == "__main__":
    main()
