-- What the tables hold of one account: when, what kind, and its particulars. Read by account_history.py.
SELECT e.entered_on::timestamp AT TIME ZONE %(zone)s AS at, 'enrolment.entered' AS kind,
       jsonb_build_object('strategy', s.name, 'version', v.number, 'entry', e.entry_no, 'holdout', e.holdout) AS what
FROM enrolment e JOIN strategy s ON s.id = e.strategy_id JOIN strategy_version v ON v.id = e.version_id
WHERE e.account_id = %(account)s
UNION ALL
SELECT e.ended_on::timestamp AT TIME ZONE %(zone)s, 'enrolment.ended', jsonb_build_object('strategy', s.name)
FROM enrolment e JOIN strategy s ON s.id = e.strategy_id WHERE e.account_id = %(account)s AND e.ended_on IS NOT NULL
UNION ALL
SELECT coalesce(m.sending_at, m.settled_at, m.decided_at), 'message', jsonb_build_object(
       'message', m.id, 'channel', m.channel, 'purpose', m.purpose, 'template', t.key, 'state', m.state,
       'reason', m.reason, 'amount', i.amount, 'decided_at', m.decided_at, 'sending_at', m.sending_at,
       'delivered_at', m.delivered_at, 'read_at', m.read_at, 'addressee', m.relation)
FROM message_item i JOIN message m ON m.id = i.message_id AND m.local_on = i.local_on
LEFT JOIN template t ON t.id = m.template_id WHERE i.account_id = %(account)s
UNION ALL
SELECT decided_on::timestamp AT TIME ZONE %(zone)s, 'verdict', jsonb_build_object(
       'outcome', outcome, 'reason', reason, 'until', until_on, 'business_date', decided_on)
FROM verdict WHERE account_id = %(account)s
UNION ALL
SELECT at, 'event', jsonb_build_object('event', kind, 'source', source) FROM account_event
WHERE account_id = %(account)s AND kind = ANY(%(events)s)
UNION ALL
SELECT made_at, 'promise.made', jsonb_build_object('amount', amount, 'due_on', due_on, 'via', via)
FROM promise WHERE account_id = %(account)s
UNION ALL
SELECT closed_at, 'promise.closed', jsonb_build_object('state', state, 'amount', amount, 'paid', paid)
FROM promise WHERE account_id = %(account)s AND closed_at IS NOT NULL
UNION ALL
SELECT paid_at, 'payment', jsonb_build_object('amount', amount, 'source', source, 'reference', reference)
FROM payment WHERE account_id = %(account)s
UNION ALL
SELECT reversed_at, 'payment.reversed', jsonb_build_object('amount', amount, 'source', source, 'reference', reference)
FROM payment WHERE account_id = %(account)s AND reversed_at IS NOT NULL
UNION ALL
SELECT since_on::timestamp AT TIME ZONE %(zone)s, 'hold', jsonb_build_object('hold', kind, 'until', until_on, 'by', by)
FROM hold WHERE account_id = %(account)s
    OR account_id IS NULL AND person_id = %(person)s AND (creditor_id IS NULL OR creditor_id = %(creditor)s)
UNION ALL
SELECT released_on::timestamp AT TIME ZONE %(zone)s, 'hold.released', jsonb_build_object('hold', kind, 'by', by)
FROM hold WHERE released_on IS NOT NULL AND (account_id = %(account)s
    OR account_id IS NULL AND person_id = %(person)s AND (creditor_id IS NULL OR creditor_id = %(creditor)s))
UNION ALL
SELECT opened_at, 'dispute.opened', jsonb_build_object('reason', reason, 'via', via) FROM dispute
WHERE account_id = %(account)s
UNION ALL
SELECT closed_at, 'dispute.closed', jsonb_build_object('state', state, 'by', closed_by) FROM dispute
WHERE account_id = %(account)s AND closed_at IS NOT NULL
UNION ALL
SELECT received_at, 'complaint.opened', jsonb_build_object('number', number, 'channel', channel, 'cause', cause)
FROM complaint WHERE person_id = %(person)s AND (account_id IS NULL OR account_id = %(account)s)
UNION ALL
SELECT closed_at, 'complaint.closed', jsonb_build_object('number', number, 'outcome', outcome, 'by', closed_by)
FROM complaint WHERE closed_at IS NOT NULL AND person_id = %(person)s
    AND (account_id IS NULL OR account_id = %(account)s)
UNION ALL
SELECT at, 'outside_contact', jsonb_build_object('channel', channel, 'by', by, 'result', result, 'two_way', two_way)
FROM outside_contact WHERE account_id = %(account)s
    OR account_id IS NULL AND person_id = %(person)s AND creditor_id = %(creditor)s
ORDER BY 1, 2
