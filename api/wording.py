"""The wording this process gives the texts of the assistant: fixed, or by an endpoint of the settings."""

from api.clock import steady
from api.settings import Settings
from channels.replies.wording import Reworder

_reworder: Reworder | None = None


def use_wording(settings: Settings) -> None:
    """Let this process ask the endpoint of its settings; none there: the fixed wording stays."""
    global _reworder
    url = settings.wording_url
    key = settings.wording_key.get_secret_value()
    _reworder = Reworder(url, settings.wording_model, key, steady) if url else None


def worded(source: str) -> str:
    """A fixed text as it is to be said."""
    return source if _reworder is None else _reworder(source)
