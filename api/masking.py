"""Personal data as those see them who may not see all: enough to recognise, too little to use."""


def mask_name(name: str) -> str:
    """First letters only.

    >>> mask_name("Ana María Pérez"), mask_name("")
    ('A** M**** P****', '')
    """
    return " ".join(word[0] + "*" * (len(word) - 1) for word in name.split())


def mask_phone(phone: str) -> str:
    """Country code and the last four digits.

    >>> mask_phone("+525512345678"), mask_phone("1234")
    ('+52******5678', '****')
    """
    if len(phone) <= 7:
        return "*" * len(phone)
    return phone[:3] + "*" * (len(phone) - 7) + phone[-4:]


def mask_email(address: str) -> str:
    """First letter and the domain.

    >>> mask_email("ana.perez@correo.example"), mask_email("ana")
    ('a***@correo.example', '***')
    """
    user, at, domain = address.rpartition("@")
    return f"{user[:1]}***@{domain}" if at else "*" * len(address)


def mask_address(kind: str, value: str) -> str:
    """A contact point by its kind, ``phone`` or ``email``.

    >>> mask_address("email", "ana@correo.example")
    'a***@correo.example'
    """
    return mask_email(value) if kind == "email" else mask_phone(value)
