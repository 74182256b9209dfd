"""The providers of this installation by channel, as the settings name them."""

from urllib.parse import quote

from api.settings import Settings
from channels.email_smtp import SmtpEmail
from channels.port import Sender
from channels.sms_twilio import TwilioSms
from channels.whatsapp_cloud import WhatsAppCloud
from engine.vocabulary import Channel

CONNECTIONS = 800
"""Open at once to one provider: its lanes bound what is on the way, this only keeps a hanging one in check."""


def open_senders(settings: Settings) -> dict[Channel, Sender]:
    """A sender for every channel that is configured; a lane of another channel is left alone."""
    senders: dict[Channel, Sender] = {}
    through_meta = settings.whatsapp_provider == "meta"
    if (token := settings.whatsapp_token.get_secret_value()) and through_meta:
        senders[Channel.WHATSAPP] = WhatsAppCloud(settings.whatsapp_url, token, connections=CONNECTIONS)
    if settings.twilio_account_sid:
        senders[Channel.SMS] = _twilio(settings)
        if not through_meta:
            senders[Channel.WHATSAPP] = _twilio(settings)
    if settings.smtp_host:
        senders[Channel.EMAIL] = SmtpEmail(_smtp_url(settings))
    return senders


def _twilio(settings: Settings) -> TwilioSms:
    return TwilioSms(
        settings.twilio_url,
        settings.twilio_account_sid,
        settings.twilio_token.get_secret_value(),
        status_url=f"{settings.outer_url}/webhooks/sms/status",
        connections=CONNECTIONS,
    )


def _smtp_url(settings: Settings) -> str:
    """User and password may hold any sign: they are quoted, so that none is taken for the address's own."""
    login = ""
    if settings.smtp_user:
        password = settings.smtp_password.get_secret_value()
        login = f"{quote(settings.smtp_user, safe='')}:{quote(password, safe='')}@"
    return f"smtp://{login}{settings.smtp_host}:{settings.smtp_port}"
