"""Answers of the simulator, spoilt in thousands of ways: each is read, or refused by an error of ours, in no time.

What has been read can be stored. Nothing is logged that a normal day's log must not hold.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
import logging
import ssl
from time import process_time
from typing import Final, override

from aiohttp import ClientSession, TCPConnector, web
from aiohttp.typedefs import Handler
import orjson
import pytest

from custom_components.stellantis.api.auth import IdentityProvider
from custom_components.stellantis.api.client import RegistrationStatus, StellantisClient
from custom_components.stellantis.api.errors import StellantisError
from custom_components.stellantis.api.monitors import monitors
from custom_components.stellantis.api.remotes import LockDoors
from custom_components.stellantis.api.scopes import Scope
from custom_components.stellantis.api.status import Status
from custom_components.stellantis.api.vehicle import Vehicle
from simulator import Fault
from tests.helpers.driver import Driver, vehicle
from tests.helpers.mutations import Mutations
from tests.helpers.soak import Count
from tests.helpers.webhook import subscription

BATCH: Final = 1000
SEEDS: Final = 20
SAMPLE: Final = 500
LONGEST: Final = 2.0
"""Seconds of the processor that one answer may cost, here and at the simulator."""

type Ask = Callable[[StellantisClient, IdentityProvider], Awaitable[object]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(SEEDS if metafunc.config.getoption("soak") else 1))


@dataclass(frozen=True, kw_only=True)
class Overheard(Fault):
    """Keeps what the simulator answers."""

    bodies: list[bytes] = field(default_factory=list)

    @override
    async def spoil(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        assert isinstance(answer, web.Response)
        self.bodies.append(bytes(answer.body) if isinstance(answer.body, bytes) else b"")
        return answer


@dataclass(frozen=True, kw_only=True)
class Spoilt(Fault):
    """Answers with what has become of a real answer. The request is not carried out."""

    mutations: Mutations
    answer: bytes

    @override
    async def spoil(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        headers = {"Content-Type": "application/json", **self.mutations.headers()}
        return web.Response(status=self.mutations.status(), body=self.mutations.spoil(self.answer), headers=headers)


def questions(driver: Driver, callback_id: str, monitor_id: str, remote_id: str) -> dict[str, Ask]:
    """Return all that the vendor is asked, by the name of the method."""
    car = vehicle(driver.simulator.cars["electric"])
    grant = driver.simulator.grants.by_access_token(driver.token)
    assert grant
    monitor = monitors(tuple(Scope), "Electric", charging_refresh=300, moving_refresh=300)[0]
    ids = (car.id, callback_id)
    return {
        "user_email": lambda client, _: client.user_email(),
        "vehicles": lambda client, _: client.vehicles(),
        "status": lambda client, _: client.status(car),
        "maintenance": lambda client, _: client.maintenance(car),
        "alerts": lambda client, _: client.alerts(car),
        "collisions": lambda client, _: client.collisions(car),
        "trips": lambda client, _: client.trips(car),
        "callbacks": lambda client, _: client.callbacks(),
        "callbacks, certain": lambda client, _: client.callbacks(certain=True),
        "create_callback": lambda client, _: client.create_callback(subscription()),
        "update_callback": lambda client, _: client.update_callback(callback_id, subscription()),
        "set_callback_status": lambda client, _: client.set_callback_status(callback_id, RegistrationStatus.RUNNING),
        "monitors": lambda client, _: client.monitors(*ids),
        "create_monitor": lambda client, _: client.create_monitor(*ids, monitor),
        "update_monitor": lambda client, _: client.update_monitor(*ids, monitor_id, monitor),
        "set_monitor_status": lambda client, _: client.set_monitor_status(*ids, monitor_id, RegistrationStatus.RUNNING),
        "remotes": lambda client, _: client.remotes(*ids),
        "remote_progress": lambda client, _: client.remote_progress(*ids, remote_id),
        "send_remote": lambda client, _: client.send_remote(*ids, LockDoors(locked=True)),
        "refresh": lambda _, provider: provider.refresh(grant.refresh_token),
        "revoke": lambda _, provider: provider.revoke("no token"),
    }


@pytest.fixture
async def session(context: ssl.SSLContext) -> AsyncGenerator[ClientSession]:
    """A session that trusts the simulator's identity provider too."""
    async with ClientSession(connector=TCPConnector(ssl=context)) as opened:
        yield opened


async def test_a_spoilt_answer_is_read_or_refused(
    driver: Driver,
    session: ClientSession,
    seed: int,
    soaked: bool,
    caplog: pytest.LogCaptureFixture,
    count: Count,
) -> None:
    client = driver.client()
    provider = IdentityProvider(
        session=session,
        oauth_url=driver.simulator.oauth_url,
        realm=driver.app.realm,
        client_id=driver.app.client_id,
        client_secret=driver.app.client_secret,
    )
    asked = questions(driver, *await _ids(client, driver))
    faults = driver.simulator.faults
    answers: dict[str, bytes] = {}
    for name, ask in asked.items():
        faults.add(overheard := Overheard())
        await ask(client, provider)
        [answers[name]] = overheard.bodies
    mutations, names = Mutations(seed), list(asked)
    for number in range(BATCH if soaked else SAMPLE):
        name = names[number % len(names)]
        faults.add(Spoilt(mutations=mutations, answer=answers[name], times=None))
        client = driver.client()
        started = process_time()
        try:
            read = await asked[name](client, provider)
        except StellantisError as err:
            became = type(err).__name__
        else:
            became = "read"
            assert_storable(read)
        assert process_time() - started < LONGEST, (name, number)
        count("Each question: what becomes of spoilt answers to it", name, became)
        faults.clear()
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


async def _ids(client: StellantisClient, driver: Driver) -> tuple[str, str, str]:
    """Register what can be asked about: a callback, a monitor and a remote."""
    car = vehicle(driver.simulator.cars["electric"])
    callback_id = await client.create_callback(subscription())
    monitor = monitors(tuple(Scope), "Electric", charging_refresh=300, moving_refresh=300)[1]
    monitor_id = await client.create_monitor(car.id, callback_id, monitor)
    return callback_id, monitor_id, await client.send_remote(car.id, callback_id, LockDoors(locked=True))


def assert_storable(read: object) -> None:
    """See whether Home Assistant can write what has been read, and whether it is the same when it is read back."""
    match read:
        case Status():
            assert Status.restore(orjson.loads(orjson.dumps(read.as_dict()))) == read
        case Vehicle():
            assert Vehicle.restore(orjson.loads(orjson.dumps(read.as_dict()))) == read
        case list():
            for each in read:
                assert_storable(each)
        case str() | dict():
            orjson.dumps(read)
        case _:
            repr(read)
