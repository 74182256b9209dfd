"""The outbox: messages leave by leases with a fence, are guarded just before the post, and never twice.

The life of one message, and who may move it (``fence`` grows with every lease; a writer whose fence
is old changes no row):

    QUEUED --lease--> LEASED --guard--> SENDING --record--> ACCEPTED | FAILED | UNKNOWN | QUEUED again
    LEASED, lease over --sweep--> QUEUED      (it was never posted)
    SENDING, lease over --sweep--> UNKNOWN    (perhaps posted: nobody sends it again)
    UNKNOWN --status webhook or the late outcome itself--> ACCEPTED, DELIVERED, READ or FAILED
"""

LEASE = "interval '15 seconds'"
"""How long a lane or a message belongs to its worker without a heartbeat, by the database's clock."""
