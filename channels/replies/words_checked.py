"""Words a person or the assistant is about to send, held to what templates are held to."""

from channels.template_language import check_template
from channels.template_lint import lint
from channels.templates import VARIABLES, MessageTemplate
from engine.findings import Finding

LONGEST: dict[str, int] = {"whatsapp": 4096, "sms": 1600, "email": 20_000}
"""Most characters of free words by channel."""

LONGEST_WITH_CHOICES = 1024
"""Most characters of a WhatsApp text with buttons or a list under it."""


def check_words(text: str, country: str, subject: str = "") -> list[Finding]:
    """What is wrong with words to somebody in a country; those that block are errors.

    >>> [finding.code for finding in check_words("Le embargaremos mañana", "MX")][:1]
    ['template.court_like']
    >>> check_words("Buenos días, ¿en qué le ayudo?", "MX")
    []
    """
    countries = (country,) if len(country) == 2 else ()
    words = MessageTemplate(
        key="palabras", name="Palabras", channel="email", body=text, subject=subject, countries=countries
    )
    return list(lint(words, "", words, neutral=False))


def check_source(source: str, country: str = "") -> list[Finding]:
    """The same of a text with variables, which must be safe to fill besides."""
    unsafe = check_template(source, VARIABLES, "body")
    return unsafe or check_words(source, country)


def too_long(text: str, channel: str, *, choices: bool) -> int:
    """How many characters a channel takes of a text that has more; 0 when it fits."""
    most = LONGEST_WITH_CHOICES if choices else LONGEST.get(channel, 0)
    return most if len(text) > most else 0
