"""Payments and refusals while senders post: on the provider's ledger nobody is written to a second later."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.usecases.people.record_opt_out import OptOut, record_opt_out
from channels.simulator import read_ledger
from tests.api.http.world import ApiWorld
from tests.chaos.figures import Figures
from tests.chaos.running import Installation, until
from tests.delivery.world import AMOUNT, World
from tests.ledger.judge import GRACE_S, TRAVEL_S

pytestmark = pytest.mark.criterion("R12")
LANES, PER_SECOND = 6, 6


class Town:
    """Debtors with a message each, senders at work, and what the town tells meanwhile."""

    def __init__(self, installed: Installation, api: ApiWorld, messages: int) -> None:
        self.installed, self.messages = installed, messages
        self._api, self._agent = api, api.as_("agent")
        self.person_of = dict(
            zip(map(str, installed.world.debtors(messages, LANES)), range(1, messages + 1), strict=True)
        )
        self.told_at: dict[int, float] = {}

    def stop(self, person: int) -> None:
        """Every second one pays all that is due, the others want no more messages."""
        if person % 2:
            paid = {
                "account": f"4000{person:012}", "amount": str(AMOUNT // 100), "reference": str(person),
                "paid_at": "2026-11-18T15:00:00Z",
            }  # fmt: skip
            answer = self._agent.post("/portfolios/tarjetas/payments", paid)
            assert answer.status_code == 200, answer.text
        else:
            record_opt_out(self._api.database, self._api.service.clock, OptOut(person, source="portal"))
        self.told_at[person] = time.time()

    def judge(self) -> None:
        """No post reached the provider a second after what forbids it was told; some were stopped."""
        arrived = {
            self.person_of[str(line["message_id"])]: float(line["real_at"])
            for line in read_ledger(self.installed.ledger, "accepted")
        }
        late = {
            person: arrived[person] - told
            for person, told in self.told_at.items()
            if person in arrived and arrived[person] > told + GRACE_S + TRAVEL_S
        }
        assert late == {}
        spared = self.told_at.keys() - arrived.keys()
        assert len(spared) > self.messages // 10 and len(arrived) > self.messages // 10


def stopped_while_sending(url: str, redis_url: str, folder: Path, figures: Figures, messages: int) -> None:
    """Half of the people pay or refuse, by four at once, while six numbers post."""
    world = World(url).found().lanes(LANES, PER_SECOND)
    with Installation(world, redis_url, folder, figures) as installed:
        town = Town(installed, ApiWorld(url, folder / "api"), messages)
        installed.sender()
        installed.sender()
        until(lambda: len(installed.arrived()) > LANES, every_s=0.05)
        with ThreadPoolExecutor(4) as tellers:
            list(tellers.map(town.stop, range(messages, messages // 2, -1)))
        installed.settle()
        town.judge()


@pytest.mark.timeout(300)
def test_who_paid_or_refused_gets_nothing_a_second_later(
    database_url: str, redis_url: str, tmp_path: Path, figures: Figures
) -> None:
    stopped_while_sending(database_url, redis_url, tmp_path, figures, 300)


@pytest.mark.chaos
@pytest.mark.timeout(1500)
def test_three_thousand_who_pay_or_refuse_while_they_are_written_to(
    database_url: str, redis_url: str, tmp_path: Path, figures: Figures
) -> None:
    stopped_while_sending(database_url, redis_url, tmp_path, figures, 3_000)
