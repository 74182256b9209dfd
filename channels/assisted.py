"""WhatsApp Web by hand: the link that opens a chat with the words filled in; a person presses send."""

from urllib.parse import quote

MOST_PER_DAY = 200
"""Messages a day one sender may mark, unless a portfolio says fewer: more looks like a machine."""
LONGEST_LINK = 2_000


def chat_link(phone: str, text: str) -> str:
    """The address that opens the chat; ``ValueError`` when it would be too long for a browser.

    >>> chat_link("+525512345678", "Hola Ana, ¿cómo estás?")
    'https://wa.me/525512345678?text=Hola%20Ana%2C%20%C2%BFc%C3%B3mo%20est%C3%A1s%3F'
    """
    digits = phone.removeprefix("+")
    if not digits.isdigit():
        raise ValueError(f"not a telephone: {phone!r}")
    link = f"https://wa.me/{digits}?text={quote(text, safe='')}"
    if len(link) > LONGEST_LINK:
        raise ValueError(f"a link of {len(link)} characters")
    return link
