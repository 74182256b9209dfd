"""The providers of an installation, as its settings name them."""

import asyncio
from urllib.parse import unquote, urlsplit

import pytest
from pydantic import SecretStr

from api.delivery.providers import _smtp_url, open_senders
from api.settings import Settings
from channels.sms_twilio import TwilioSms
from channels.whatsapp_cloud import WhatsAppCloud
from engine.vocabulary import Channel


@pytest.mark.parametrize("password", ["p@ss:w/rd", "100% ?#[]", "ñandú&=+ "])
def test_user_and_password_of_the_mail_server_may_hold_any_sign(password: str) -> None:
    settings = Settings(
        smtp_host="mail.example", smtp_user="cobros@banco.example", smtp_password=SecretStr(password)
    )
    parts = urlsplit(_smtp_url(settings))
    assert (parts.hostname, parts.port) == ("mail.example", 587)
    assert unquote(parts.username or "") == "cobros@banco.example"
    assert unquote(parts.password or "") == password


def test_whatsapp_goes_through_the_provider_that_was_chosen() -> None:
    keys = {"whatsapp_token": SecretStr("t"), "twilio_account_sid": "AC1", "twilio_token": SecretStr("t")}

    async def kinds(provider: str) -> dict[Channel, type]:
        senders = open_senders(Settings(whatsapp_provider=provider, **keys))  # type: ignore[arg-type]
        for sender in senders.values():
            await sender.close()
        return {channel: type(sender) for channel, sender in senders.items()}

    assert asyncio.run(kinds("meta")) == {Channel.WHATSAPP: WhatsAppCloud, Channel.SMS: TwilioSms}
    assert asyncio.run(kinds("twilio")) == {Channel.WHATSAPP: TwilioSms, Channel.SMS: TwilioSms}
