"""The key of the blind index: kept in the data folder, made the first time it is asked for.

Whoever moves the database to another machine takes this file along: without it no person of the book
is found again.
"""

import os
import secrets
from pathlib import Path

FILE = "index.key"


def index_key(data_dir: Path) -> bytes:
    """The 32 bytes of this installation; safe when two processes ask for them first."""
    path = data_dir / FILE
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        draft = data_dir / f"{FILE}.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return bytes.fromhex(path.read_text())
