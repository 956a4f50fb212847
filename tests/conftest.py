"""A Home Assistant, the vendor's simulator, and the way from one to the other and back."""

# First of all, or the test plugin's own package of that name is found in its place.
import custom_components.stellantis  # noqa: F401, I001

from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from datetime import datetime, timedelta
from ssl import SSLContext
from time import monotonic
from typing import Any, Final
from unittest.mock import Mock

from aiohttp import web_app
from aiohttp.test_utils import TestClient
from homeassistant.components import network
from homeassistant.core import HomeAssistant
from homeassistant.helpers import aiohttp_client, translation
from homeassistant.helpers.entity import Entity
from homeassistant.setup import async_setup_component
from homeassistant.util import ssl as ssl_util
from homeassistant.util.dt import utcnow
import pytest
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from custom_components.stellantis import details
from custom_components.stellantis.account import absences, callback, delivery_health, edits, storage
from custom_components.stellantis.api import extensions, rate_limits
from custom_components.stellantis.const import DOMAIN
from simulator import Car, Certificates, Front, Simulator
from simulator.google import Google, point

from .helpers import hypothesis_profiles  # noqa: F401
from .helpers.cloud import Cloud
from .helpers.harness import SPEED, Harness

pytest_plugins = ["tests.helpers.shifted", "tests.helpers.soak", "tests.helpers.year"]


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory, clocks: list[datetime]) -> Certificates:
    """The simulator's certificates; its CA is one of the system's, as far as Home Assistant knows."""
    made = Certificates.issue(tmp_path_factory.mktemp("certificates"), clocks)
    for alpn in (ssl_util.SSL_ALPN_NONE, ssl_util.SSL_ALPN_HTTP11):
        ssl_util.client_context(alpn_protocols=alpn).load_verify_locations(made.ca)
    return made


@pytest.fixture(scope="session")
def public_context(certificates: Certificates) -> SSLContext:
    """Read the system's CAs once: it takes 25 ms."""
    return certificates.public_context()


@pytest.fixture(autouse=True)
def auto_enable_custom_integrations(enable_custom_integrations: None) -> None:
    """Let Home Assistant find the integration."""


@pytest.fixture(autouse=True)
def enable_event_loop_debug() -> None:
    """Leave asyncio's debug mode, in which each task and future records a stack, to `PYTHONASYNCIODEBUG=1`."""


# What the test plugin replaces for a whole module or session.
LASTING_MOCKS: Final = (
    (aiohttp_client, "_async_make_resolver"),
    (network, "async_get_loaded_adapters"),
    (translation, "_async_get_component_strings"),
)


@pytest.fixture(autouse=True)
def free_memory() -> Generator[None]:
    """Let go of the test's Home Assistant: mocks keep it as an argument, aiohttp in a cache that it never clears."""
    yield
    for module, name in LASTING_MOCKS:
        if isinstance(mock := getattr(module, name), Mock):
            mock.reset_mock()
    web_app._cached_build_middleware.cache_clear()


@pytest.fixture
async def vendor(
    socket_enabled: None, certificates: Certificates, public_context: SSLContext, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Simulator]:
    """Run a vendor whose driver has one car, the electric one; `other` and `three_cars` give more."""
    monkeypatch.setattr(Certificates, "public_context", lambda _certificates: public_context)
    async with Simulator(certificates.ca.parent, speed=SPEED) as running:
        running.accounts["driver"].cars = [running.cars["electric"]]
        yield running


@pytest.fixture
def three_cars(vendor: Simulator) -> list[Car]:
    """Give the driver a car of each kind."""
    cars = [vendor.cars[name] for name in ("electric", "hybrid", "combustion")]
    vendor.accounts["driver"].cars = cars
    return cars


@pytest.fixture
async def harness(
    hass: HomeAssistant,
    vendor: Simulator,
    hass_client_no_auth: Callable[[], Coroutine[Any, Any, TestClient[Any, Any]]],
    current_request_with_host: None,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[Harness]:
    for component in ("homeassistant", "auth", "calendar", "image", "webhook"):
        assert await async_setup_component(hass, component, {})
    # As Home Assistant does it when it starts: components add views while the server runs.
    monkeypatch.setattr(hass.http.app.router, "freeze", lambda: None)
    browser = await hass_client_no_auth()
    front = Front(vendor.certificates, upstream=f"http://127.0.0.1:{browser.server.port}")
    await front.start()
    await hass.config.async_update(external_url=front.url)
    made = Harness(hass, vendor, front, browser)
    monkeypatch.setattr(edits, "EDIT_PAUSE", 0)
    monkeypatch.setattr(rate_limits, "monotonic", lambda: monotonic() + made.passed)
    for module in (absences, delivery_health, details, storage):
        monkeypatch.setattr(module, "utcnow", lambda: utcnow() + timedelta(seconds=made.passed))
    monkeypatch.setattr(extensions, "_now", lambda: utcnow() + timedelta(seconds=made.passed))
    monkeypatch.setattr(callback, "SETTLE", 0.01)
    yield made
    # The entries are unloaded while the vendor still answers, one that is being set up afterwards.
    await hass.async_block_till_done()
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        await hass.config_entries.async_unload(entry.entry_id)
    await front.stop()


@pytest.fixture
def google(vendor: Simulator, monkeypatch: pytest.MonkeyPatch) -> Google:
    """Let the library for push notifications ask the vendor's Google."""
    point(vendor.google.endpoints, monkeypatch.setattr)
    return vendor.google


@pytest.fixture
def every_entity_enabled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enable what is disabled by default too, as a curious person does."""
    monkeypatch.setattr(Entity, "entity_registry_enabled_default", True)


@pytest.fixture
def polled(harness: Harness) -> None:
    """A vendor that pushes nothing but the ends of remotes."""
    harness.refuse_push()


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Keep snapshots as Home Assistant's own tests do, whichever plugin was asked first."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
def car(vendor: Simulator) -> Car:
    return vendor.cars["electric"]


@pytest.fixture
def other(vendor: Simulator) -> Car:
    """Give the driver a second car, the hybrid."""
    car = vendor.cars["hybrid"]
    vendor.accounts["driver"].cars.append(car)
    return car


@pytest.fixture
def reported(vendor: Simulator, car: Car) -> Car:
    """A car whose last report is old, so that any date later than that is news."""
    car.dates.clear()
    car.touch()
    for block in ("doorsState", "energies", "preconditioning", "kinetic", "privacy"):
        car.dates[block] = "2026-01-01T00:00:00Z"
    return car


@pytest.fixture
def cloud(hass: HomeAssistant) -> Cloud:
    """Home Assistant Cloud with an active subscription: all of it but the connection is Home Assistant's own."""
    made = Cloud(hass)
    hass.data["cloud"] = made
    hass.config.components.add("cloud")
    return made
