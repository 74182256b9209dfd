"""Where tasks come from: escalations, claims, disputes, complaints, unanswered echoes; each once.

Gathering again changes nothing; what its source has settled meanwhile is over.
"""

from datetime import datetime

import psycopg

from engine.vocabulary import CauseKind, EnrolmentState, HoldKind

_CLASS = 0x74617368
"""Namespace of the advisory locks: one gathering of a portfolio at a time."""

WORKED_HERE = ("agent", "dialer", "legal")
"""Targets of an escalation whose tasks people of this house work; agencies and systems have their own."""

DISPUTE_DAYS = 10
"""Days after which an open dispute is overdue."""

ECHO_HOURS = 24
"""Hours after which an echoed promise nobody confirmed is a person's."""

_FROM_EFFECTS = f"""
WITH taken AS (
    UPDATE effect SET state = 'task' WHERE portfolio_id = %(portfolio)s AND kind = 'task' AND state = 'open'
      AND (cause_kind = {CauseKind.EVENT} OR coalesce(details->>'target', 'agent') = ANY(%(targets)s))
    RETURNING *
), steps AS (
    SELECT DISTINCT n.version_id, e.node FROM taken e JOIN enrolment n ON n.id = e.cause_id
    WHERE e.cause_kind = {CauseKind.ENROLMENT}
), nodes AS (
    SELECT d.version_id, d.node, s.key AS strategy, k.node_id, x.document
    FROM steps d JOIN strategy_version v ON v.id = d.version_id JOIN strategy s ON s.id = v.strategy_id
    JOIN strategy_node k ON k.strategy_id = v.strategy_id AND k.code = d.node
    CROSS JOIN LATERAL (SELECT each AS document FROM jsonb_array_elements(v.body->'nodes') AS each
                        WHERE each->>'id' = k.node_id LIMIT 1) AS x
)
INSERT INTO task (source, portfolio_id, kind, queue, skill, person_id, creditor_id, account_id, value,
    currency, priority, due_at, created_at, about)
SELECT concat_ws(':', 'effect', e.cause_kind, e.cause_id, e.node, e.visit), e.portfolio_id,
    CASE WHEN e.cause_kind = {CauseKind.EVENT} THEN 'paid_claim' ELSE 'escalation' END,
    coalesce(e.details->>'queue', ''), coalesce(e.details->>'skill', ''), e.person_id, a.creditor_id, a.id,
    a.amount_to_cure, a.currency, coalesce((o.document->>'priority')::int, 100),
    (CASE WHEN e.cause_kind = {CauseKind.EVENT} THEN (e.details->>'until')::date + 1
          ELSE e.decided_on + coalesce((e.details->>'sla_days')::int, 2) END)::timestamp
        AT TIME ZONE f.timezone, %(now)s,
    CASE WHEN e.cause_kind = {CauseKind.EVENT}
         THEN jsonb_build_object('receipt', e.details->>'receipt', 'via', e.details->>'via')
         ELSE jsonb_build_object('target', e.details->>'target', 'strategy', o.strategy, 'node', o.node_id,
                                 'results', coalesce(o.document->'results', '[]'), 'enrolment', e.cause_id,
                                 'step', e.node, 'waits', coalesce(o.document->'wait_for_result', 'true'))
    END
FROM taken e JOIN account a ON a.id = e.account_id JOIN portfolio f ON f.id = e.portfolio_id
LEFT JOIN enrolment n ON e.cause_kind = {CauseKind.ENROLMENT} AND n.id = e.cause_id
LEFT JOIN nodes o ON o.version_id = n.version_id AND o.node = e.node
ON CONFLICT (source) DO NOTHING
"""

_FROM_DISPUTES = f"""
INSERT INTO task (source, portfolio_id, kind, queue, person_id, creditor_id, account_id, value, currency,
    due_at, created_at, about)
SELECT 'dispute:' || d.id, a.portfolio_id, 'dispute', 'disputas', d.person_id, a.creditor_id, a.id,
    a.amount_to_cure, a.currency, d.opened_at + interval '{DISPUTE_DAYS} days', %(now)s,
    jsonb_build_object('case', d.id, 'reason', d.reason, 'via', d.via)
FROM dispute d JOIN account a ON a.id = d.account_id
WHERE d.state = 'open' AND a.portfolio_id = %(portfolio)s
ON CONFLICT (source) DO NOTHING
"""

_FROM_COMPLAINTS = """
INSERT INTO task (source, portfolio_id, kind, queue, person_id, creditor_id, account_id, value, currency,
    priority, due_at, created_at, about)
SELECT 'complaint:' || c.id, a.portfolio_id, 'complaint', 'quejas', c.person_id, c.creditor_id,
    c.account_id, a.amount_to_cure, a.currency, 200, (c.answer_by + 1)::timestamp AT TIME ZONE f.timezone,
    %(now)s, jsonb_build_object('case', c.id, 'number', c.number, 'reason', c.cause)
FROM complaint c
CROSS JOIN LATERAL (SELECT * FROM account x WHERE x.person_id = c.person_id
    AND x.creditor_id = c.creditor_id AND (c.account_id IS NULL OR x.id = c.account_id)
    ORDER BY x.amount_to_cure DESC, x.id LIMIT 1) AS a
JOIN portfolio f ON f.id = a.portfolio_id
WHERE c.state = 'open' AND a.portfolio_id = %(portfolio)s
ON CONFLICT (source) DO NOTHING
"""

_FROM_ECHOES = f"""
INSERT INTO task (source, portfolio_id, kind, queue, person_id, creditor_id, account_id, value, currency,
    due_at, created_at, about)
SELECT 'promise:' || w.id, a.portfolio_id, 'promise_echo', 'promesas_sin_confirmar', a.person_id,
    a.creditor_id, a.id, w.amount, a.currency, (w.due_on + 1)::timestamp AT TIME ZONE f.timezone, %(now)s,
    jsonb_build_object('promise', w.id, 'amount', w.amount, 'due_on', w.due_on)
FROM promise w JOIN account a ON a.id = w.account_id JOIN portfolio f ON f.id = a.portfolio_id
WHERE w.state = 'proposed' AND w.via = 'reply' AND a.portfolio_id = %(portfolio)s
  AND w.made_at <= %(now)s - interval '{ECHO_HOURS} hours'
  AND (w.due_on + 1)::timestamp AT TIME ZONE f.timezone > %(now)s
ON CONFLICT (source) DO NOTHING
"""

_OVER = f"""
UPDATE task t SET state = 'expired', ended_at = %(now)s, taken_by = NULL, taken_until = NULL
WHERE t.portfolio_id = %(portfolio)s AND t.state IN ('open', 'taken') AND CASE t.kind
    WHEN 'escalation' THEN t.due_at <= %(now)s OR EXISTS (
        SELECT 1 FROM enrolment n WHERE n.id = (t.about->>'enrolment')::bigint
          AND (n.state = {EnrolmentState.ENDED}
               OR (t.about->>'waits')::boolean AND n.node <> (t.about->>'step')::int))
    WHEN 'paid_claim' THEN NOT EXISTS (
        SELECT 1 FROM account a WHERE a.id = t.account_id
          AND (a.hold_kinds >> {HoldKind.PAID_CLAIM}) & 1 = 1)
    WHEN 'dispute' THEN NOT EXISTS (
        SELECT 1 FROM dispute d WHERE d.id = (t.about->>'case')::bigint AND d.state = 'open')
    WHEN 'complaint' THEN NOT EXISTS (
        SELECT 1 FROM complaint c WHERE c.id = (t.about->>'case')::bigint AND c.state = 'open')
    WHEN 'promise_echo' THEN t.due_at <= %(now)s OR NOT EXISTS (
        SELECT 1 FROM promise w WHERE w.id = (t.about->>'promise')::bigint AND w.state = 'proposed')
    ELSE t.due_at <= %(now)s OR EXISTS (
        SELECT 1 FROM enrolment n WHERE n.id = (t.about->>'enrolment')::bigint
          AND n.state = {EnrolmentState.ENDED}) END
"""

_LAPSED = """
UPDATE task SET state = 'open', taken_by = NULL, taken_at = NULL, taken_until = NULL
WHERE portfolio_id = %(portfolio)s AND state = 'taken' AND taken_until <= %(now)s
"""


def gather_tasks(connection: psycopg.Connection, portfolio_id: int, now: datetime) -> None:
    """Make a task of everything that waits for a person; end what is over, open what lapsed."""
    connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_CLASS, portfolio_id])
    values = {"portfolio": portfolio_id, "now": now, "targets": list(WORKED_HERE)}
    for query in (_FROM_EFFECTS, _FROM_DISPUTES, _FROM_COMPLAINTS, _FROM_ECHOES, _LAPSED, _OVER):
        connection.execute(query.encode(), values)
