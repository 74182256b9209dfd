"""Save message templates: checked when saved, a new version only when the text has changed."""

from collections.abc import Iterable

from psycopg.types.json import Jsonb

from channels.template_checks import check_message_template
from channels.templates import MessageTemplate
from engine.errors import TemplateError
from engine.findings import Severity
from engine.vocabulary import Channel
from storage.database import Database


def save_templates(database: Database, templates: Iterable[MessageTemplate]) -> int:
    """Check and save; returns how many new versions there are. ``TemplateError`` names the first problem."""
    saved = 0
    with database.connection() as connection:
        for template in templates:
            errors = [f for f in check_message_template(template) if f.severity is Severity.ERROR]
            if errors:
                raise TemplateError(errors[0].message_en, place=f"{template.key}/{errors[0].place}")
            saved += connection.execute(
                """INSERT INTO template (key, version, channel, language, body, state)
                   SELECT %(key)s, coalesce(max(version), 0) + 1, %(channel)s, %(language)s, %(body)s,
                          'approved'
                   FROM template WHERE key = %(key)s
                   HAVING NOT coalesce(bool_or(body = %(body)s), false)""",
                {
                    "key": template.key,
                    "channel": int(Channel.of(template.channel)),
                    "language": template.language,
                    "body": Jsonb(template.model_dump(mode="json")),
                },
            ).rowcount
    return saved
