"""Whether a text can be an address, before anything is written to it."""

import re

_MAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")


def is_mail_address(text: str) -> bool:
    """Whether a text can be a mailbox and breaks no header.

    >>> is_mail_address("ana@correo.example"), is_mail_address("ana@correo.example\\nBcc: x@y.example")
    (True, False)
    """
    return _MAIL.fullmatch(text) is not None
