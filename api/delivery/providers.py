"""The providers of this installation by channel, as the settings name them."""

from api.settings import Settings
from channels.email_smtp import SmtpEmail
from channels.port import Sender
from channels.sms_twilio import TwilioSms
from channels.whatsapp_cloud import WhatsAppCloud
from engine.vocabulary import Channel

CONNECTIONS = 200


def open_senders(settings: Settings) -> dict[Channel, Sender]:
    """A sender for every channel that is configured; a lane of another channel is left alone."""
    senders: dict[Channel, Sender] = {}
    if token := settings.whatsapp_token.get_secret_value():
        senders[Channel.WHATSAPP] = WhatsAppCloud(settings.whatsapp_url, token, connections=CONNECTIONS)
    if settings.twilio_account_sid:
        senders[Channel.SMS] = TwilioSms(
            settings.twilio_url,
            settings.twilio_account_sid,
            settings.twilio_token.get_secret_value(),
            status_url=f"{settings.api_url}/webhooks/sms/status",
            connections=CONNECTIONS,
        )
    if settings.smtp_host:
        senders[Channel.EMAIL] = SmtpEmail(_smtp_url(settings))
    return senders


def _smtp_url(settings: Settings) -> str:
    login = ""
    if settings.smtp_user:
        login = f"{settings.smtp_user}:{settings.smtp_password.get_secret_value()}@"
    return f"smtp://{login}{settings.smtp_host}:{settings.smtp_port}"
