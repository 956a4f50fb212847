"""A Home Assistant, the vendor's simulator, and the way from one to the other and back."""

# First of all, or the test plugin's own package of that name is found in its place.
import custom_components.stellantis  # noqa: F401, I001

from collections.abc import AsyncGenerator, Callable, Coroutine
from datetime import datetime
from time import monotonic
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import Entity
from homeassistant.setup import async_setup_component
from homeassistant.util import ssl as ssl_util
import pytest
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from custom_components.stellantis.api import rate_limits
from custom_components.stellantis.const import DOMAIN
from simulator import Car, Certificates, Front, Simulator

from .helpers.cloud import Cloud
from .helpers.harness import SPEED, Harness

pytest_plugins = ["tests.helpers.shifted"]


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory, clocks: list[datetime]) -> Certificates:
    """The simulator's certificates; its CA is one of the system's, as far as Home Assistant knows."""
    made = Certificates.issue(tmp_path_factory.mktemp("certificates"), clocks)
    for alpn in (ssl_util.SSL_ALPN_NONE, ssl_util.SSL_ALPN_HTTP11):
        ssl_util.client_context(alpn_protocols=alpn).load_verify_locations(made.ca)
    return made


@pytest.fixture(autouse=True)
def auto_enable_custom_integrations(enable_custom_integrations: None) -> None:
    """Let Home Assistant find the integration."""


@pytest.fixture
async def vendor(socket_enabled: None, certificates: Certificates) -> AsyncGenerator[Simulator]:
    async with Simulator(certificates.ca.parent, speed=SPEED) as running:
        yield running


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
    browser = await hass_client_no_auth()
    front = Front(vendor.certificates, upstream=f"http://127.0.0.1:{browser.server.port}")
    await front.start()
    await hass.config.async_update(external_url=front.url)
    made = Harness(hass, vendor, front, browser)
    monkeypatch.setattr(rate_limits, "monotonic", lambda: monotonic() + made.passed)
    yield made
    # The entries are unloaded while the vendor still answers.
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        await hass.config_entries.async_unload(entry.entry_id)
    await front.stop()


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
def cloud(hass: HomeAssistant) -> Cloud:
    """Home Assistant Cloud with an active subscription: all of it but the connection is Home Assistant's own."""
    made = Cloud(hass)
    hass.data["cloud"] = made
    hass.config.components.add("cloud")
    return made
