"""Who may ask what: every route of ``/v1`` with the roles it is open to, written down a second time."""

READERS = "viewer supervisor strategist approver compliance legal operator auditor admin"
"""Who sees strategies and policies: all but agents and agencies."""

OVERSEERS = "viewer supervisor strategist approver compliance operator auditor admin"
"""Who sees runs and the day."""

ACCOUNTS = "viewer agent supervisor strategist approver compliance legal auditor"
"""Who sees accounts: operators, agencies and administrators see no debtor."""

WRITERS = "viewer agent supervisor strategist approver compliance legal auditor admin"
"""Who sees the words of messages."""

LOADERS = "strategist operator"
WORKERS = "agent supervisor"
TALKERS = "agent supervisor compliance legal auditor"
"""Who reads conversations."""

EVERYONE = "viewer agent supervisor strategist approver compliance legal operator auditor agency admin"

P = "/portfolios/{portfolio}"
S = f"{P}/strategies"
A = f"{P}/accounts/{{number}}"

MATRIX = {
    # oneself
    "POST /sessions": "nobody " + EVERYONE,
    "GET /single-sign-on": "nobody " + EVERYONE,
    "GET /single-sign-on/callback": "nobody " + EVERYONE,
    "POST /single-sign-on/exchange": "nobody " + EVERYONE,
    "GET /sessions/me": EVERYONE,
    "POST /sessions/renewal": EVERYONE,
    "DELETE /sessions/me": EVERYONE,
    "GET /roles": EVERYONE,
    "GET /portfolios": EVERYONE,
    # users and keys
    "GET /users": "auditor admin",
    "POST /users": "admin",
    "PATCH /users/{login}": "admin",
    "GET /keys": "auditor admin",
    "POST /keys": "admin",
    "DELETE /keys/{prefix}": "admin",
    # strategies
    f"GET {S}": READERS,
    f"GET {S}/schema": READERS,
    f"GET {S}/{{key}}": READERS,
    f"GET {S}/{{key}}/versions": READERS,
    f"GET {S}/{{key}}/versions/{{number}}": READERS,
    f"GET {S}/{{key}}/versions/{{number}}/changes": READERS,
    f"GET {S}/{{key}}/versions/{{number}}/print": READERS,
    f"GET {S}/{{key}}/draft/print": READERS,
    f"GET {S}/{{key}}/draft": READERS,
    f"GET {S}/{{key}}/draft/changes": READERS,
    f"PUT {S}/{{key}}/draft": "strategist",
    f"DELETE {S}/{{key}}/draft": "strategist",
    f"POST {S}/validate": READERS,
    f"POST {S}/in-flight": READERS,
    f"POST {S}/{{key}}/requests": "strategist",
    f"POST {S}/{{key}}/versions/{{number}}/requests": "strategist",
    f"POST {S}/{{key}}/moves": "strategist supervisor",
    f"POST {S}/{{key}}/undo": "strategist approver",
    f"POST {S}/{{key}}/pause": "strategist approver",
    f"POST {S}/{{key}}/resume": "strategist approver",
    f"GET {S}/{{key}}/map": OVERSEERS,
    f"GET {S}/{{key}}/experiments": OVERSEERS,
    f"GET {P}/dashboards/recovery": OVERSEERS,
    f"GET {P}/dashboards/aging": OVERSEERS,
    f"GET {P}/dashboards/rolls": OVERSEERS,
    f"GET {P}/dashboards/funnel": OVERSEERS,
    f"GET {P}/dashboards/promises": OVERSEERS,
    f"GET {P}/dashboards/costs": OVERSEERS,
    f"GET {P}/dashboards/{{table}}/csv": OVERSEERS,
    f"POST {P}/what-if": READERS,
    f"POST {P}/what-if/walk": READERS,
    f"GET {P}/reactions": READERS,
    f"POST {P}/reactions": "strategist",
    f"POST {P}/reactions/{{number}}/approval": "approver",
    # a second person: the kind of the request decides, see test_strategies and test_lists
    "GET /approvals": EVERYONE,
    "GET /approvals/{approval_id}": EVERYONE,
    "POST /approvals/{approval_id}/grant": EVERYONE,
    "POST /approvals/{approval_id}/reject": EVERYONE,
    "POST /approvals/{approval_id}/withdraw": EVERYONE,
    # templates
    f"GET {P}/templates": WRITERS,
    f"GET {P}/templates/{{key}}": WRITERS,
    f"PUT {P}/templates/{{key}}": "strategist",
    f"POST {P}/templates/check": WRITERS,
    f"POST {P}/templates/preview": WRITERS,
    f"POST {P}/templates/{{key}}/requests": "strategist",
    # accounts
    f"GET {P}/accounts": ACCOUNTS,
    f"POST {P}/accounts/search": ACCOUNTS,
    f"GET {A}": ACCOUNTS,
    f"GET {A}/journey": ACCOUNTS,
    f"GET {A}/why": ACCOUNTS,
    f"GET {A}/decision": "agent supervisor strategist approver compliance auditor",
    f"GET {A}/promises": ACCOUNTS,
    f"GET {A}/protections": ACCOUNTS,
    f"POST {A}/portal-link": WORKERS,
    f"GET {A}/attachments": "agent supervisor compliance legal auditor",
    f"GET {P}/attachments/{{attachment}}": "agent supervisor compliance legal auditor",
    f"GET {P}/messages": ACCOUNTS,
    f"GET {P}/enrolments": READERS,
    # the book coming in
    f"PUT {A}": LOADERS,
    f"PUT {A}/invoices/{{invoice}}": LOADERS,
    f"PUT {P}/persons": LOADERS,
    f"POST {P}/{{kind}}/loads": LOADERS,
    f"POST {P}/look/files": LOADERS,
    f"POST {P}/import/files": LOADERS,
    f"POST {P}/receipts": LOADERS,
    f"GET {P}/loads": LOADERS,
    f"GET {P}/loads/{{load}}/refusals": LOADERS,
    f"GET {P}/mappings": LOADERS,
    f"PUT {P}/mappings/{{name}}": LOADERS,
    # what happens to accounts
    f"POST {P}/payments": WORKERS,
    f"POST {P}/reversals": WORKERS,
    f"POST {P}/outside-contacts": WORKERS,
    f"POST {P}/events": WORKERS,
    f"GET {P}/events/dead": OVERSEERS,
    f"POST {P}/events/dead/{{event}}/retry": LOADERS,
    f"POST {A}/paid-claims": WORKERS,
    f"POST {A}/promises": WORKERS,
    f"POST {P}/promises/{{promise}}/confirmation": WORKERS,
    f"POST {P}/promises/{{promise}}/withdrawal": WORKERS,
    f"GET {A}/plan-options": ACCOUNTS,
    f"GET {A}/plans": ACCOUNTS,
    f"GET {P}/plans": ACCOUNTS,
    f"POST {P}/plans": WORKERS,
    f"POST {P}/plans/preview": WORKERS,
    f"GET {P}/plans/{{plan}}": ACCOUNTS,
    f"GET {P}/plans/{{plan}}/letter": f"{WORKERS} compliance legal auditor",
    f"POST {P}/plans/{{plan}}/acceptance": WORKERS,
    f"POST {P}/plans/{{plan}}/withdrawal": WORKERS,
    f"POST {P}/plans/{{plan}}/cancellation": WORKERS,
    f"POST {P}/plans/{{plan}}/breach": "supervisor approver",
    f"POST {A}/disputes": WORKERS,
    f"POST {P}/disputes/{{dispute}}/answer": f"{WORKERS} compliance legal",
    f"POST {A}/complaints": WORKERS,
    f"POST {P}/complaints/{{complaint}}/answer": f"{WORKERS} compliance legal",
    f"POST {A}/protections": WORKERS,
    f"POST {P}/protections/{{protection}}/lift": "compliance auditor",
    # conversations and tasks
    f"GET {P}/conversations": TALKERS,
    f"GET {P}/conversations/figures": "supervisor",
    f"GET {P}/conversations/{{conversation}}": TALKERS,
    f"POST {P}/conversations/{{conversation}}/take": WORKERS,
    f"POST {P}/conversations/{{conversation}}/assignment": "supervisor",
    f"POST {P}/conversations/{{conversation}}/release": WORKERS,
    f"POST {P}/conversations/{{conversation}}/hand-back": WORKERS,
    f"POST {P}/conversations/{{conversation}}/close": WORKERS,
    f"POST {P}/conversations/{{conversation}}/answers": WORKERS,
    f"POST {P}/conversations/{{conversation}}/answers/check": WORKERS,
    f"GET {P}/replies/intents": TALKERS,
    f"POST {P}/replies/{{event}}/meaning": WORKERS,
    f"GET {P}/agents": "supervisor",
    f"PUT {P}/agents/{{login}}": "supervisor",
    f"GET {P}/quick-replies": TALKERS,
    f"PUT {P}/quick-replies/{{key}}": "supervisor",
    f"DELETE {P}/quick-replies/{{key}}": "supervisor",
    f"GET {P}/inbox-settings": TALKERS,
    f"PUT {P}/inbox-settings": "supervisor",
    f"GET {P}/tasks": WORKERS,
    f"GET {P}/tasks/queues": WORKERS,
    f"POST {P}/tasks/next": WORKERS,
    f"GET {P}/tasks/{{task}}": WORKERS,
    f"POST {P}/tasks/{{task}}/take": WORKERS,
    f"POST {P}/tasks/{{task}}/release": WORKERS,
    f"POST {P}/tasks/{{task}}/calls": WORKERS,
    f"POST {P}/tasks/{{task}}/result": WORKERS,
    f"POST {P}/tasks/{{task}}/callback": WORKERS,
    # runs and the day
    f"GET {P}/runs": OVERSEERS,
    f"GET {P}/runs/{{day}}": OVERSEERS,
    f"POST {P}/runs/{{day}}/release": "approver operator",
    f"GET {P}/today": OVERSEERS,
    "GET /stops": EVERYONE,
    "POST /stops": "supervisor strategist approver compliance legal operator admin",
    "POST /stops/{stop}/resume": "approver compliance operator",
    # policies
    "GET /packs": EVERYONE,
    "GET /packs/{pack}": EVERYONE,
    f"GET {P}/policy": f"{READERS} agent",
    f"POST {P}/policy/requests": "compliance legal",
    # webhooks
    f"GET {P}/webhooks": "operator admin",
    f"POST {P}/webhooks": "operator admin",
    f"DELETE {P}/webhooks/{{endpoint}}": "operator admin",
    f"GET {P}/webhooks/dead": "operator admin",
    f"POST {P}/webhooks/dead/{{delivery}}/retry": "operator admin",
}
