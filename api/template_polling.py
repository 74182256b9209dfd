"""Asks Meta every few minutes how our templates stand, so that a lost webhook is no lost pause."""

import asyncio

import structlog

from api.clock import BusinessClock
from api.settings import Settings
from api.usecases.templates.register_templates import open_templates, sync_templates
from engine.errors import ServiceError
from storage.database import Database

EVERY_S = 600.0

log = structlog.get_logger()


async def poll_templates(settings: Settings) -> None:
    """Sync until cancelled; without an account there is nothing to ask about."""
    if not settings.whatsapp_account_id or settings.whatsapp_provider != "meta":
        return
    database = Database(settings.database_url)
    desk = open_templates(settings)
    try:
        while True:
            try:
                await sync_templates(database, BusinessClock(database), desk)
            except ServiceError as trouble:
                log.warning("templates.sync", error=str(trouble))
            await asyncio.sleep(EVERY_S)
    finally:
        await desk.close()
