"""Tells the provider simulator the business time, so that its ledger is stamped in both clocks."""

import httpx

from api.clock import ClockSetting
from engine.errors import ServiceError


def push_clock(simulator_url: str, setting: ClockSetting) -> None:
    """Set the simulator's clock to a setting of ours; ``ServiceError`` when it does not answer."""
    document = {
        "business_epoch": setting.business_at.timestamp(),
        "real_epoch": setting.real_at.timestamp(),
        "speed": setting.speed,
    }
    try:
        httpx.post(f"{simulator_url}/control/clock", json=document, timeout=5.0).raise_for_status()
    except httpx.HTTPError as trouble:
        raise ServiceError("the simulator does not take the clock", hint=str(trouble)) from trouble
