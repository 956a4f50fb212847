"""What an account goes through: whatever is requested in `act` is disturbed, one request after the other."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from simulator import Maintenance
from tests.helpers.remotes import act

from .life import Life

type Part = Callable[[Life], Awaitable[None]]

PROGRAMS: Final = [{"start": "22:30", "end": "05:30", "days": ["mon", "tue"]}]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What happens, by one way of delivery.

    `prepare` is not disturbed. `again` is what a person does whose `act` has failed; None for nothing: then all has to
    come right by itself. With `commands`, it is a command to the car, with `removes`, the account is gone afterwards.
    """

    kind: str
    way: str
    act: Part
    prepare: Part | None = None
    again: Part | None = None
    commands: bool = False
    removes: bool = False

    @property
    def name(self) -> str:
        """What it is called in the names of tests."""
        return f"{self.kind} {self.way}"


async def _add(life: Life) -> None:
    await life.add()


async def _add_with_old_token(life: Life) -> None:
    await life.add()
    life.expire_token()


async def _stop(life: Life) -> None:
    """Let the car change while Home Assistant is down."""
    await _add_with_old_token(life)
    await life.unload()
    life.vendor.garage.unlock(life.car)
    life.vendor.garage.open(life.car, "Trunk")


async def _start(life: Life) -> None:
    await life.set_up()


async def _sign_in(life: Life) -> None:
    await life.sign_in()


async def _sign_in_anew(life: Life) -> None:
    if life.entry is None:
        await life.sign_in()


async def _have_news(life: Life) -> None:
    await _add_with_old_token(life)
    life.car.maintenance = Maintenance(days=7, distance=1000)


async def _pass_a_day(life: Life) -> None:
    await life.pass_time(hours=25)


async def _remove(life: Life) -> None:
    await life.remove()


def _call(platform: str, key: str, service: str, **data: Any) -> Part:
    async def call(life: Life) -> None:
        await life.command(life.harness.call(life.car, platform, key, service, **data))

    return call


async def _set_charging_schedule(life: Life) -> None:
    await life.command(act(life.harness, life.car, "set_charging_schedule", programs=PROGRAMS))


_COMMANDS: Final = {
    "unlock": _call("lock", "doors", "unlock"),
    "charge": _call("switch", "charging", "turn_on"),
    "precondition": _call("climate", "preconditioning", "turn_on"),
    "schedule": _set_charging_schedule,
}
_WAYS: Final = ("webhook", "websocket", "push_notification", "polling")

SCENARIOS: Final = {
    scenario.name: scenario
    for scenario in (
        *(Scenario(kind="first set-up", way=way, act=_sign_in, again=_sign_in_anew) for way in _WAYS),
        *(Scenario(kind="restart", way=way, prepare=_stop, act=_start) for way in _WAYS),
        *(Scenario(kind="day", way=way, prepare=_have_news, act=_pass_a_day) for way in _WAYS),
        *(
            Scenario(kind=kind, way=way, prepare=_add, act=command, commands=True)
            for kind, command in _COMMANDS.items()
            for way in _WAYS
        ),
        Scenario(
            kind="charge limit", way="webhook", prepare=_add, act=_call("number", "charge_limit", "set_value", value=80)
        ),
        Scenario(kind="removal", way="webhook", prepare=_add_with_old_token, act=_remove, removes=True),
    )
}
