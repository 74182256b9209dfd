"""The key of the blind index: as the settings say, else kept in the data folder, made when first needed.

Whoever moves the database to another machine takes the key along: without it no person of the book is
found again.
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from api.settings import Settings
from engine.errors import ServiceError
from storage.vault import BlindIndex

FILE = "index.key"
LENGTH = 32


def index_key(settings: Settings) -> bytes:
    """The key of this installation, 32 bytes or more; ``ServiceError`` when what is set is no such key."""
    given = settings.index_key.get_secret_value()
    if not given:
        return _kept_key(settings.data_dir)
    try:
        key = bytes.fromhex(given)
    except ValueError:
        key = b""
    if len(key) < LENGTH:
        raise ServiceError(
            "the key of the blind index is not at least 64 hexadecimal digits",
            place="CADENCIA_INDEX_KEY",
            hint="python -c 'import secrets; print(secrets.token_hex(32))'",
            code="settings.index_key",
        )
    return key


def address_index(settings: Settings) -> Callable[[str], bytes]:
    """The blind index of addresses, by which a phone or mailbox is found in the book."""
    return BlindIndex(index_key(settings)).of


def _kept_key(data_dir: Path) -> bytes:
    """The key of the data folder; safe when two processes ask for it first."""
    path = data_dir / FILE
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        draft = data_dir / f"{FILE}.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(LENGTH))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return bytes.fromhex(path.read_text())
