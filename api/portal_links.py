"""The links to the portal, signed with keys drawn from the master keys: a rotation reaches them too."""

import hmac
from datetime import datetime

from api.master_keys import read_master_keys
from api.settings import Settings
from channels.portal_link import PortalLinks, PortalToken
from engine.errors import TemplateError

PURPOSE = b"cadencia.portal-link"


def open_portal_links(settings: Settings) -> PortalLinks:
    """What makes and reads links, with the master keys as they are now."""
    keys = [hmac.digest(key, PURPOSE, "sha256") for key in read_master_keys(settings).keys]
    return PortalLinks(settings.outer_url, keys)


class PortalDoor:
    """Reads links in a process that runs for long: a key that is newer than it is looked for once more."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._links: PortalLinks | None = None

    @property
    def links(self) -> PortalLinks:
        """The links as this process knows them."""
        self._links = self._links or open_portal_links(self._settings)
        return self._links

    def read(self, token: str) -> PortalToken:
        """What a link says; ``TemplateError`` when it is none of ours."""
        try:
            return self.links.read(token)
        except TemplateError:
            self._links = open_portal_links(self._settings)
            return self._links.read(token)


_door: PortalDoor | None = None


def use_portal_links(settings: Settings) -> None:
    """Let this process write links to the portal into messages."""
    global _door
    _door = PortalDoor(settings)


def portal_address(person_id: int, creditor_id: int, now: datetime) -> str:
    """The link for a message written now; empty in a process that writes none."""
    return "" if _door is None else _door.links.address(person_id, creditor_id, now)
