"""What each doorbell starts: jobs by name, so that a queue never holds the name of a function.

A job reads its work from the tables; it may be rung twice, late, or not at all without harm.
"""

from importlib import import_module

from engine.calendars import load_calendars
from engine.errors import ServiceError
from storage.queue import queue_of

JOBS: dict[str, str] = {
    "day.shard": "api.usecases.day.run_shard:run_shard_job",
    "day.shards": "api.usecases.day.run_shard:run_shards_job",
    "delivery.apply": "api.usecases.day.apply_outcomes:apply_outcomes_of_portfolio",
    "delivery.sweep": "api.worker:sweep_once",
    "payment.check": "api.usecases.money.check_payments:check_due_payments",
    "react.events": "api.reactions.job:react_to_events",
    "reaction.evaluate": "api.usecases.day.evaluate_now:evaluate_events",
    "timer.work": "api.usecases.day.work_timers:work_due_timers",
    "webhook.deliver": "api.usecases.sending.deliver_webhooks:deliver_due_webhooks",
}
"""Job name -> ``module:function``, imported when the job first runs."""


def preload(queue: str) -> None:
    """Import what the jobs of a queue will call: a worker's children then begin with their work."""
    load_calendars()
    for name, place in JOBS.items():
        if queue_of(name) == queue:
            import_module(place.partition(":")[0])


def run(name: str, *arguments: object) -> None:
    """Start one job; RQ calls this and nothing else."""
    if name not in JOBS:
        raise ServiceError(f"no job {name!r}", code="job.unknown", hint=", ".join(sorted(JOBS)))
    module, _, function = JOBS[name].partition(":")
    getattr(import_module(module), function)(*arguments)
