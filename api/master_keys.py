"""Where this installation keeps its master keys: in the settings, else in a file of the data folder.

The file has one key a line, the newest first, and is made when first needed, readable by its owner alone.
Whoever moves the database takes the keys along: without them no name and no phone is read again.
"""

import os
import secrets
from pathlib import Path

from api.settings import Settings
from engine.errors import ServiceError
from storage.master_keys import LENGTH, MasterKeys, use

FILE = "master.keys"


def use_master_keys(settings: Settings) -> None:
    """Let this process find its master keys when it needs them."""
    use(lambda: read_master_keys(settings))


def read_master_keys(settings: Settings) -> MasterKeys:
    """The keys, newest first; ``ServiceError`` when what is set is no such list."""
    given = settings.master_keys.get_secret_value()
    words = given.split(",") if given else _kept(settings.data_dir / FILE)
    try:
        return MasterKeys([bytes.fromhex(word.strip()) for word in words])
    except ValueError as error:
        raise ServiceError(
            "a master key is not 64 hexadecimal digits",
            place="CADENCIA_MASTER_KEYS",
            hint="python -c 'import secrets; print(secrets.token_hex(32))'",
            code="settings.master_keys",
        ) from error


def add_master_key(settings: Settings) -> str:
    """A new key before the others of the data folder: its name. ``ServiceError`` when keys are a setting."""
    if settings.master_keys.get_secret_value():
        raise ServiceError(
            "the master keys are a setting: put the new one before the others there",
            place="CADENCIA_MASTER_KEYS",
            code="settings.master_keys",
        )
    file = settings.data_dir / FILE
    kept = _kept(file)
    _draft(file, [secrets.token_hex(LENGTH), *kept]).replace(file)
    return read_master_keys(settings).newest


def drop_old_master_keys(settings: Settings) -> int:
    """Keep only the newest key of the data folder, once nothing is wrapped by the others; how many went."""
    file = settings.data_dir / FILE
    kept = _kept(file)
    _draft(file, kept[:1]).replace(file)
    return len(kept) - 1


def _kept(file: Path) -> list[str]:
    """The keys of the data folder; safe when two processes ask for them first."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = _draft(file, [secrets.token_hex(LENGTH)])
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text().split()


def _draft(file: Path, keys: list[str]) -> Path:
    draft = file.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text("\n".join(keys) + "\n")
    return draft
