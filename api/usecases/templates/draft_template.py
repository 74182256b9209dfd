"""Keep a new version of a message template, checked, until a second person approves it."""

from psycopg.types.json import Jsonb

from api.clock import Clock
from channels.template_checks import check_message_template
from channels.templates import MessageTemplate
from engine.errors import StaleError, TemplateError
from engine.findings import Finding
from engine.vocabulary import Channel
from storage.database import Database
from storage.ledger import append_line


class TemplateRefused(TemplateError):
    """A template with error findings; carries all of them."""

    code = "template.refused"

    def __init__(self, template: MessageTemplate, findings: list[Finding]) -> None:
        first = next(finding for finding in findings if finding.blocks)
        super().__init__(first.message_en, place=f"{template.key}/{first.place}", hint=first.hint)
        self.findings = tuple(findings)


def draft_template(database: Database, clock: Clock, template: MessageTemplate, *, seen: int, by: str) -> int:
    """Keep it as the version after the one that was seen (0: none); not sent before it is approved.

    ``TemplateRefused`` when it is unsafe or lacks something, ``StaleError`` when another version came first.
    """
    findings = check_message_template(template)
    if any(finding.blocks for finding in findings):
        raise TemplateRefused(template, findings)
    now = clock.now()
    with database.connection() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('cadencia.template'))")
        ((newest,),) = connection.execute(
            "SELECT coalesce(max(version), 0) FROM template WHERE key = %s", [template.key]
        ).fetchall()
        if newest != seen:
            raise StaleError(f"the newest version is {newest}", place=template.key, hint="read it again")
        version = newest + 1
        kept = template.model_copy(update={"version": version})
        connection.execute(
            "INSERT INTO template (key, version, channel, language, body, state)"
            " VALUES (%s, %s, %s, %s, %s, 'draft')",
            [
                template.key,
                version,
                int(Channel.of(template.channel)),
                template.language,
                Jsonb(kept.model_dump(mode="json")),
            ],
        )
        append_line(
            connection, now, "template.drafted", f"template:{template.key}", {"version": version, "by": by}
        )
    return int(version)
