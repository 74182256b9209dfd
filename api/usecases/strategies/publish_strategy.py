"""Publish a strategy: its document becomes an immutable version that new accounts enter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import psycopg
from psycopg.types.json import Jsonb

from api.clock import BusinessClock
from api.strategy_context import read_context
from api.usecases.strategies.migrate_enrolments import as_words, moves_to
from engine.days import day_number
from engine.errors import StrategyError
from engine.examples import ExampleResult, run
from engine.findings import Finding
from engine.strategy.document import Strategy, read_strategy
from engine.strategy.experiments import experiments
from engine.strategy.migrate import Choice
from engine.validation import Context, validate
from storage import publications, runs
from storage.database import Database
from storage.ledger import append_line
from storage.versions import any_strategy


@dataclass(frozen=True)
class Published:
    """The version a document became; ``fresh`` is false when it was already the active one.

    ``warnings`` are the findings that do not block: a person should have seen them.
    """

    strategy_id: int
    version_id: int
    number: int
    fresh: bool
    warnings: tuple[Finding, ...] = ()


class NotPublishable(StrategyError):
    """A strategy with error findings or red examples; carries all of them."""

    code = "strategy.not_publishable"

    def __init__(
        self, strategy: Strategy, findings: Sequence[Finding], examples: Sequence[ExampleResult]
    ) -> None:
        said = [(finding.message_en, finding.place, finding.hint) for finding in findings]
        for result in examples:
            day, message = result.failures[0].day, result.failures[0].message_en
            said.append((f"the example {result.name!r} is red on day {day}: {message}", strategy.key, ""))
        message, place, hint = said[0]
        more = f" (and {len(said) - 1} more)" if len(said) > 1 else ""
        code = findings[0].code if findings else "example.red"
        super().__init__(message + more, place=place or strategy.key, hint=hint, code=code)
        self.findings = tuple(findings)
        self.examples = tuple(examples)


def publish_strategy(
    database: Database,
    portfolio_key: str,
    document: str | bytes | Strategy,
    *,
    by: str,
    approved_by: str,
    takes_effect_on: date | None = None,
    choices: Mapping[str, Choice] | None = None,
) -> Published:
    """Validate and publish a document in a portfolio; publishing the same meaning again changes nothing.

    It takes effect at once, or with the first date opened at or after ``takes_effect_on``; then accounts
    in older versions move as ``choices`` say (none: they see their version out). Raises ``NotPublishable``
    when the validator finds errors or an example is red, ``StrategyError`` for a document that cannot be
    read or is approved by its own author, or a date that has been opened already.
    """
    strategy = document if isinstance(document, Strategy) else read_strategy(document)
    if by.strip().casefold() == approved_by.strip().casefold():
        raise StrategyError(
            "a strategy is approved by a second person",
            place=strategy.key,
            hint=f"{by} cannot approve their own",
            code="strategy.approval",
        )
    with database.connection() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('cadencia.publish'))")
        warnings = check_publishable(connection, portfolio_key, strategy)
        strategy_id = _strategy_row(connection, portfolio_key, strategy)
        _number_nodes(connection, strategy_id, strategy)
        _refuse_what_is_over(connection, portfolio_key, strategy)
        published = _version(connection, strategy_id, strategy, by, approved_by, takes_effect_on)
        now = BusinessClock(database).now()
        if published.fresh and takes_effect_on is None:
            since = _newest_date(connection, portfolio_key)
            publications.put_in_force(connection, strategy_id, published.version_id, since, by, now)
        elif published.fresh and takes_effect_on is not None:
            _schedule(connection, portfolio_key, strategy.key, published, takes_effect_on, choices, by, now)
        if published.fresh:
            body = {
                "portfolio": portfolio_key,
                "version": published.number,
                "content_hash": strategy.content_hash(),
                "by": by,
                "approved_by": approved_by,
                "takes_effect_on": None if takes_effect_on is None else str(takes_effect_on),
            }
            append_line(connection, now, "strategy.published", f"strategy:{strategy.key}", body)
    return replace(published, warnings=warnings)


def check_publishable(
    connection: psycopg.Connection, portfolio_key: str, strategy: Strategy
) -> tuple[Finding, ...]:
    """The warnings of a strategy that may be published in a portfolio; raises what stands in the way."""
    warnings = _refuse_what_is_wrong(strategy, read_context(connection, portfolio_key, strategy.key))
    _refuse_changed_weights(connection, strategy)
    return warnings


def _refuse_what_is_wrong(strategy: Strategy, context: Context) -> tuple[Finding, ...]:
    """Raise with every error and red example; else the warnings."""
    findings = validate(strategy, context)
    errors = [finding for finding in findings if finding.blocks]
    if errors:
        raise NotPublishable(strategy, errors, ())
    red = [result for result in run(strategy, context.catalogue) if not result.passed]
    if red:
        raise NotPublishable(strategy, (), red)
    return tuple(findings)


def _refuse_changed_weights(connection: psycopg.Connection, strategy: Strategy) -> None:
    """A person keeps their arm for ever, so an experiment key never gets other weights (ADR 3)."""
    wanted = experiments(strategy)
    if not wanted:
        return
    bodies = connection.execute("SELECT body FROM strategy_version ORDER BY id").fetchall()
    for (body,) in bodies:
        for key, weights in experiments(Strategy.model_validate(body)).items():
            if key in wanted and wanted[key] != weights:
                raise StrategyError(
                    f"the experiment {key!r} has run with the weights {list(weights)}",
                    place=strategy.key,
                    hint="give the new weights a new experiment key",
                    code="experiment.weights",
                )


def _strategy_row(connection: psycopg.Connection, portfolio_key: str, strategy: Strategy) -> int:
    row = connection.execute(
        "INSERT INTO strategy (portfolio_id, key, name, kind)"
        " SELECT id, %s, %s, %s FROM portfolio WHERE key = %s"
        " ON CONFLICT (portfolio_id, key) DO UPDATE SET name = excluded.name RETURNING id",
        [strategy.key, strategy.name, strategy.kind, portfolio_key],
    ).fetchone()
    assert row is not None  # the portfolio was found before
    return int(row[0])


def _number_nodes(connection: psycopg.Connection, strategy_id: int, strategy: Strategy) -> None:
    """Give new node ids the next codes; an id keeps its code for ever."""
    known = connection.execute(
        "SELECT node_id, code FROM strategy_node WHERE strategy_id = %s", [strategy_id]
    ).fetchall()
    codes: dict[str, int] = dict(known)
    following = max(codes.values(), default=-1) + 1
    new = [node.id for node in strategy.nodes if node.id not in codes]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO strategy_node (strategy_id, code, node_id) VALUES (%s, %s, %s)",
            [(strategy_id, following + place, node_id) for place, node_id in enumerate(new)],
        )


def _version(
    connection: psycopg.Connection,
    strategy_id: int,
    strategy: Strategy,
    by: str,
    approved_by: str,
    takes_effect_on: date | None,
) -> Published:
    """The version of this meaning: the one in force or waiting for that date, else a new one."""
    content_hash = strategy.content_hash()
    known = connection.execute(
        "SELECT v.id, v.number, v.content_hash FROM strategy s LEFT JOIN publication p"
        " ON p.strategy_id = s.id AND p.state = %s AND p.takes_effect_on = %s"
        " JOIN strategy_version v ON v.id = coalesce(p.version_id, s.active_version_id) WHERE s.id = %s",
        [publications.SCHEDULED, takes_effect_on, strategy_id],
    ).fetchone()
    if known is not None and known[2] == content_hash:
        return Published(strategy_id, known[0], known[1], fresh=False)
    row = connection.execute(
        "INSERT INTO strategy_version (strategy_id, number, body, content_hash, published_by, approved_by)"
        " SELECT %(strategy)s, coalesce(max(number), 0) + 1, %(body)s, %(hash)s, %(by)s, %(approved)s"
        " FROM strategy_version WHERE strategy_id = %(strategy)s RETURNING id, number",
        {
            "strategy": strategy_id,
            "body": Jsonb(strategy.model_dump(mode="json", by_alias=True)),
            "hash": content_hash,
            "by": by,
            "approved": approved_by,
        },
    ).fetchone()
    assert row is not None  # an INSERT ... RETURNING of one row
    return Published(strategy_id, row[0], row[1], fresh=True)


def _refuse_what_is_over(connection: psycopg.Connection, portfolio_key: str, strategy: Strategy) -> None:
    newest = _newest_date(connection, portfolio_key)
    if strategy.campaign is not None and newest is not None and strategy.campaign.is_over(day_number(newest)):
        raise StrategyError(
            f"the campaign ended on {strategy.campaign.ends_on}",
            place=strategy.key,
            hint=f"the newest date opened is {newest}",
            code="campaign.over",
        )


def _schedule(
    connection: psycopg.Connection,
    portfolio_key: str,
    key: str,
    published: Published,
    takes_effect_on: date,
    choices: Mapping[str, Choice] | None,
    by: str,
    now: datetime,
) -> None:
    """Let a version wait for its date; impossible choices are refused now, not on that morning."""
    newest = _newest_date(connection, portfolio_key)
    if newest is not None and takes_effect_on <= newest:
        raise StrategyError(
            f"the date {takes_effect_on} has been opened already",
            place=key,
            hint=f"a date after {newest}",
            code="publication.date",
        )
    moves_to(connection, any_strategy(connection, portfolio_key, key), published.version_id, choices)
    kept = None if choices is None else as_words(choices)
    publications.schedule(
        connection, published.strategy_id, published.version_id, takes_effect_on, kept, by, now
    )


def _newest_date(connection: psycopg.Connection, portfolio_key: str) -> date | None:
    row = connection.execute("SELECT id FROM portfolio WHERE key = %s", [portfolio_key]).fetchone()
    assert row is not None  # the portfolio was found before
    return runs.newest(connection, row[0])
