"""The two clocks of a simulation: real seconds, and the business time the service believes in."""

import time

from pydantic import BaseModel, ConfigDict, Field


class ClockSetting(BaseModel):
    """business = business_epoch + (real - real_epoch) * speed; all in seconds since 1970, UTC."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    business_epoch: float = 0.0
    real_epoch: float = 0.0
    speed: float = Field(default=1.0, ge=0.0, le=1_000_000.0)

    def business(self, real: float) -> float:
        """Business seconds at a real instant.

        >>> ClockSetting(business_epoch=1000, real_epoch=500, speed=3600).business(501)
        4600.0
        """
        return self.business_epoch + (real - self.real_epoch) * self.speed


class BusinessClock:
    """Reads both clocks. With the default setting they are the same."""

    def __init__(self, setting: ClockSetting | None = None) -> None:
        self.setting = setting or ClockSetting()

    def now(self) -> tuple[float, float]:
        """(real seconds, business seconds)."""
        real = time.time()
        return real, self.setting.business(real)
