"""What an account goes through: whatever is requested in `act` is disturbed, one request after the other."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from homeassistant.util import dt as dt_util

from simulator import Maintenance
from tests.helpers.remotes import act
from tests.helpers.trips import drive

from .life import Life

type Part = Callable[[Life], Awaitable[None]]

PROGRAMS: Final = [{"start": "22:30", "end": "05:30", "days": ["mon", "tue"]}]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What happens, by one way of delivery.

    `prepare` is not disturbed. `again` is what a person does whose `act` has failed; None for nothing: then all has to
    come right by itself. With `commands`, it is a command to the car, with `removes`, the account is gone afterwards.
    What is requested in the scenario named `like` too is disturbed there.
    """

    kind: str
    way: str = "webhook"
    like: str | None = None
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
    life.vendor.garage.raise_alert(life.car)
    drive(life.car, dt_util.utcnow() - timedelta(hours=1))
    life.car.maintenance = Maintenance(days=7, distance=1000)


async def _start(life: Life) -> None:
    await life.set_up()


async def _spoil(life: Life) -> None:
    """Let the vendor change what it has registered while Home Assistant is down."""
    await life.add()
    await life.unload()
    [callback] = life.vendor.callbacks.values()
    next(iter(callback.monitors.values())).status = "Paused"
    registered = {**callback.subscribe["callback"]["webhook"], "target": "https://localhost:1/elsewhere"}
    callback.subscribe = {**callback.subscribe, "callback": {"webhook": registered}}
    callback.status = "Failed"


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


def _every_way(kind: str, act: Part, **more: Any) -> list[Scenario]:
    """Make a scenario for each way of delivery: the others are played as far as they differ from the webhook."""
    ways = ("websocket", "push_notification", "polling")
    first = Scenario(kind=kind, act=act, **more)
    return [first, *(replace(first, way=way, like=first.name) for way in ways)]


SCENARIOS: Final = {
    scenario.name: scenario
    for scenario in (
        *_every_way("first set-up", _sign_in, again=_sign_in_anew),
        *_every_way("restart", _start, prepare=_stop),
        Scenario(kind="restart after changes", like="restart webhook", prepare=_spoil, act=_start),
        *_every_way("day", _pass_a_day, prepare=_have_news),
        *(
            scenario
            for kind, command in _COMMANDS.items()
            for scenario in _every_way(kind, command, prepare=_add, commands=True)
        ),
        Scenario(kind="charge limit", prepare=_add, act=_call("number", "charge_limit", "set_value", value=80)),
        Scenario(kind="removal", prepare=_add_with_old_token, act=_remove, removes=True),
    )
}
