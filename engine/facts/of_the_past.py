"""What a rule may know about what happened: promises, payments, replies, contacts, disputes."""

from engine import vocabulary as words
from engine.facts.fact import Derivation, Fact, FactType, days, money, vocabulary

HISTORY = (
    Fact(
        "promise_open",
        FactType.BOOLEAN,
        "Promesa vigente",
        "Open promise",
        "There is an open promise to pay.",
        "history",
    ),
    money("promise_amount", "Monto prometido", "Promised amount", "Amount of the open promise."),
    days(
        "promise_due_in",
        "Promesa vence en",
        "Promise due in",
        "Days until the open promise is due.",
        "promise_due_on",
        how=Derivation.DAYS_UNTIL,
    ),
    Fact(
        "promises_kept_90d",
        FactType.NUMBER,
        "Promesas cumplidas (90 d)",
        "Promises kept (90 d)",
        "Promises kept in 90 days.",
        "history",
    ),
    Fact(
        "promises_broken_90d",
        FactType.NUMBER,
        "Promesas rotas (90 d)",
        "Promises broken (90 d)",
        "Promises broken in 90 days.",
        "history",
    ),
    Fact("on_plan", FactType.BOOLEAN, "Con convenio", "On a plan", "A payment plan is in force.", "history"),
    Fact(
        "plan_instalments_missed",
        FactType.NUMBER,
        "Cuotas de convenio sin pagar",
        "Plan instalments missed",
        "Instalments of the plan in force that were missed.",
        "history",
    ),
    days(
        "days_since_payment",
        "Días desde el último pago",
        "Days since payment",
        "Days since the last payment.",
        "last_payment_on",
    ),
    money("paid_30d", "Pagado en 30 días", "Paid in 30 days", "Paid in the last 30 days."),
    days(
        "days_since_reply",
        "Días desde la última respuesta",
        "Days since reply",
        "Days since the person last answered.",
        "last_reply_on",
    ),
    Fact(
        "last_intent",
        FactType.ENUM,
        "Última intención",
        "Last intent",
        "What the last reply meant.",
        "history",
    ),
    days(
        "days_since_contact",
        "Días desde el último contacto",
        "Days since contact",
        "Days since the last contact, ours or external.",
        "last_contact_on",
    ),
    Fact(
        "contacts_7d",
        FactType.NUMBER,
        "Contactos (7 d)",
        "Contacts (7 d)",
        "Contacts in 7 days, ours and external.",
        "history",
    ),
    Fact(
        "last_message_status",
        FactType.ENUM,
        "Estado del último mensaje",
        "Last message status",
        "State of the last message to the person.",
        "history",
        values=vocabulary(words.MessageState),
    ),
    Fact(
        "dispute_open", FactType.BOOLEAN, "Disputa abierta", "Open dispute", "A dispute is open.", "history"
    ),
    Fact(
        "complaint_open",
        FactType.BOOLEAN,
        "Queja abierta",
        "Open complaint",
        "A complaint is open.",
        "history",
    ),
    Fact("on_hold", FactType.BOOLEAN, "Retenida", "On hold", "A hold is in force.", "history"),
)
