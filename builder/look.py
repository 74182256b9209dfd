"""The colours and sizes of the screens, read from the one style sheet that holds them."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

STYLE = Path(__file__).parent / "canvas" / "assets" / "canvas.css"


@cache
def tokens() -> Mapping[str, str]:
    """Colour by name.

    >>> tokens()["accent"], tokens()["kind-wait"]
    ('#1d4ed8', '#b45309')
    """
    return dict(re.findall(r"--([a-z_-]+):\s*(#[0-9a-f]{3,6})[;}]", STYLE.read_text(encoding="utf-8")))
