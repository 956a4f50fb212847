"""Every request of a set-up, a restart, a day, a command and a removal, disturbed in every way.

The requests are those of a run without a fault, against the simulator: a new request is covered by itself. Each is
disturbed once, and again and again until the vendor is well. The oracle, in words:

- The user sees nothing, or a sentence: a translated error, a repair, a request to sign in, a state of a connectivity
  sensor, a car that is unavailable.
- All comes right by itself, at the latest a day or two after the fault has ended. Only a first set-up that has failed
  has to be tried again, and only a sign-in whose new tokens were lost has to be repeated.
- Nothing at the vendor is doubled or left: one callback, one of each monitor, one grant; none after a removal.
- No command is sent twice. One that is said to have failed was not accepted, unless the sentence says that nobody
  knows; the end of one that was accepted is told.
- No state is wrong afterwards: every entity shows what the car would say.
- The token goes nowhere but to the vendor.
- Nothing at ERROR in the log, no traceback, no warning of ours. Home Assistant's own line about a car that cannot be
  read is meant.
- No task, timer or connection is left after the unload.
"""

from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from aiohttp import web
from aiohttp.test_utils import TestServer
from homeassistant.util import dt as dt_util
import pytest
from yarl import URL

from simulator import Certificates, Simulator, electric
from simulator.google import point
from tests.helpers.harness import Harness
from tests.helpers.leftovers import left_open, open_sockets
from tests.helpers.soak import Count
from tests.helpers.trips import drive
from tests.helpers.ways import WAYS

from .faults import ACTED, FAULTS, LENGTHS, Disturbance
from .life import Life, Normal, count_accepted
from .requests import Step, steps
from .scenarios import SCENARIOS, Scenario

IMPATIENCE: Final = 100.0
"""The factor by which the waits for the end of a remote are shorter: the cars need no time at all."""

RECOVERY: Final[tuple[tuple[str, dict[str, float], int], ...]] = (
    ("at once", {}, 1),
    ("in minutes", {"minutes": 5}, 3),
    ("in an hour", {"minutes": 20}, 3),
    ("in hours", {"hours": 3}, 3),
    ("in a day", {"hours": 25}, 2),
)
"""How long all may take to come right: the name, the steps of time, and how many of them."""

OUTAGE: Final = ({"minutes": 2}, {"minutes": 10}, {"minutes": 20})
"""How long a lasting fault lasts."""


@dataclass(frozen=True)
class Recording:
    """A run without a fault."""

    steps: list[Step]
    normal: Normal | None


_recordings: dict[str, Recording] = {}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Play all combinations in many tests, or a sample of them in one test for each scenario."""
    if "fault" in metafunc.fixturenames:
        faults = list(FAULTS) if metafunc.config.getoption("soak") else ["sample"]
        cases = [(scenario, fault) for scenario in SCENARIOS.values() for fault in faults]
        metafunc.parametrize(("scenario", "fault"), cases, ids=[f"{each.name}-{fault}" for each, fault in cases])


@dataclass
class Stage:
    """Where lives are led: a Home Assistant, and a host that no request must go to."""

    harness: Harness
    monkeypatch: pytest.MonkeyPatch
    caplog: pytest.LogCaptureFixture
    certificates: Certificates
    elsewhere: URL
    strayed: list[str]

    @asynccontextmanager
    async def life(self, scenario: Scenario) -> AsyncGenerator[Life]:
        """Begin a life with a vendor of its own."""
        self.caplog.clear()
        self.strayed.clear()
        before = self.harness.vendor
        async with Simulator(self.certificates.ca.parent, speed=float("inf")) as vendor:
            self.harness.vendor, self.harness.passed = vendor, 0.0
            point(vendor.google.endpoints, self.monkeypatch.setattr)
            car = vendor.cars["electric"] = electric("electric", "Peugeot", "e-208")
            vendor.accounts["driver"].cars = [car]
            drive(car, dt_util.utcnow() - timedelta(days=1), km=20.0)
            car.touch()
            for block in ("doorsState", "energies", "preconditioning", "kinetic", "privacy"):
                car.dates[block] = "2026-01-01T00:00:00Z"
            way = WAYS[scenario.way](self.harness, self.monkeypatch)
            way.be_impatient(IMPATIENCE)
            life = Life(self.harness, way, car, self.caplog)
            count_accepted(life, self.monkeypatch.setattr)
            yield life
            await life.give_up()
        self.harness.vendor = before

    async def record(self, scenario: Scenario) -> Recording:
        """Find out what a scenario requests, without what is requested in the scenario that it is like."""
        if scenario.name not in _recordings:
            async with self.life(scenario) as life:
                if scenario.prepare:
                    await scenario.prepare(life)
                start = len(life.vendor.requests)
                before = life.blank() if scenario.commands else frozenset()
                await scenario.act(life)
                found = steps(life.vendor.requests[start:])
                normal = None if scenario.removes else life.normal(before)
                life.look()
                assert not life.told
                await end(scenario, life)
                assert not life.wrong
            known = set()
            if scenario.like:
                usual = await self.record(SCENARIOS[scenario.like])
                known = {(step.method, step.path) for step in usual.steps}
            _recordings[scenario.name] = Recording(
                sorted(step for step in found if (step.method, step.path) not in known), normal
            )
        return _recordings[scenario.name]

    async def play(self, scenario: Scenario, step: Step, fault: str, length: str) -> tuple[Life, str]:
        """Disturb one request of a scenario; returns the life, and when all had come right."""
        normal = (await self.record(scenario)).normal
        async with self.life(scenario) as life:
            if scenario.prepare:
                await scenario.prepare(life)
            life.lost = step.path == "/access_token" and fault in ACTED
            life.vendor.faults.add(
                Disturbance(
                    step=step,
                    skip=step.number,
                    times=LENGTHS[length],
                    let_time_pass=life.outlast,
                    **FAULTS[fault](str(self.elsewhere)),
                )
            )
            await scenario.act(life)
            life.look()
            if length == "lasting":
                for delta in OUTAGE:
                    await life.pass_time(**delta)
                    life.look()
            life.vendor.faults.clear()
            recovered = await recover(scenario, life, normal)
            if scenario.commands:
                life.judge_command()
            if recovered:
                await end(scenario, life)
            if self.strayed:
                life.wrong.append(f"requests went to another host: {self.strayed}")
            return life, recovered or "never"


async def recover(scenario: Scenario, life: Life, normal: Normal | None) -> str | None:
    """Let time pass until all is right; returns how long that has taken, None if it is never right."""
    if scenario.again:
        await scenario.again(life)
    remains: list[str] = []
    for name, delta, times in RECOVERY:
        for _ in range(times):
            if delta:
                await life.pass_time(**delta)
            if life.lost:
                await life.sign_in_again()
            remains = life.remains(normal) if normal else life.remains_at_the_vendor()
            if not remains:
                return name
    life.wrong += remains
    return None


async def end(scenario: Scenario, life: Life) -> None:
    """Unload and remove the account: nothing is left, here and at the vendor."""
    if not scenario.removes:
        await life.unload()
        life.judge_leftovers()
        await life.remove()
    if life.lost:
        await life.pass_time(hours=73)  # until nothing is tried any more
    life.wrong += life.remains_at_the_vendor()
    life.judge_leftovers()
    life.judge_log()


@pytest.fixture
async def stage(
    harness: Harness,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    hass_storage: dict[str, Any],
) -> AsyncGenerator[Stage]:
    strayed: list[str] = []

    async def note(request: web.Request) -> web.Response:
        strayed.append(f"{request.method} {request.path}")
        return web.json_response({})

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", note)
    async with TestServer(application) as elsewhere:
        yield Stage(harness, monkeypatch, caplog, certificates, elsewhere.make_url("/elsewhere"), strayed)


def chosen(scenario: Scenario, found: list[Step], fault: str) -> Iterator[tuple[Step, str, str]]:
    """Choose what is played: all combinations with a fault, or each step once, with another fault each."""
    if fault != "sample":
        yield from ((step, fault, length) for step in found for length in LENGTHS)
        return
    start = 7 * list(SCENARIOS.values()).index(scenario)
    names, lengths = list(FAULTS), list(LENGTHS)
    for number, step in enumerate(found, start):
        yield step, names[number % len(names)], lengths[number % len(lengths)]


@pytest.mark.timeout(600)
async def test_nothing_is_doubled_lost_or_left(stage: Stage, scenario: Scenario, fault: str, count: Count) -> None:
    wrong: list[str] = []
    sockets = open_sockets()
    recording = await stage.record(scenario)
    for step, name, length in chosen(scenario, recording.steps, fault):
        life, recovered = await stage.play(scenario, step, name, length)
        columns = ["a sentence" if life.told else "not noticed", "wrong" if life.wrong else recovered]
        count("Each fault: what the user notices, and when all is right again", name, *columns)
        count("Each request: what the user notices, and when all is right again", f"{scenario.kind}: {step}", *columns)
        wrong += [f"{step}, {name}, {length}: {each} (told: {life.told})" for each in life.wrong]
    assert not wrong, "\n".join(wrong)
    await stage.harness.front.stop()
    await stage.harness.browser.close()
    assert await left_open(open_sockets() - sockets) == []
