"""The simulator for tests that need no Home Assistant: a conftest imports these fixtures."""

from collections.abc import AsyncGenerator
from inspect import iscoroutinefunction
from ssl import SSLContext

import pytest
from pytest_homeassistant_custom_component import plugins

from simulator import Certificates, Simulator
from simulator.vendor.accounts import Grant

SPEED = 500
STANDSTILL = 1e-6
"""The speed of cars that do nothing for as long as a test takes."""


def make_grant(simulator: Simulator, account_name: str, *scopes: str) -> Grant:
    """Let the driver of an account allow the app of its brand these scopes, all if none is named."""
    account = simulator.accounts[account_name]
    app = next(app for app in simulator.apps.values() if app.realm == account.realm)
    grant = Grant(account, app, scopes or app.scopes)
    simulator.grants.add(grant)
    return grant


@pytest.fixture(autouse=True)
def auto_enable_custom_integrations() -> None:
    """Do without the Home Assistant that the fixture of this name starts in the tests of the integration."""


@pytest.fixture
async def simulator(
    socket_enabled: None, certificates: Certificates, public_context: SSLContext, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Simulator]:
    monkeypatch.setattr(Certificates, "public_context", lambda _certificates: public_context)
    async with Simulator(certificates.ca.parent, speed=SPEED) as running:
        yield running


def _runs_in_an_event_loop(request: pytest.FixtureRequest) -> bool:
    return iscoroutinefunction(request.function) or "simulator" in request.fixturenames


@pytest.fixture(autouse=True)
def configure_event_loop(request: pytest.FixtureRequest) -> None:
    """Make no event loop for a test that does not run in one, as Home Assistant's test plugin would."""
    # The plugin for Home Assistant 2026.8 has no such fixture.
    if _runs_in_an_event_loop(request) and hasattr(plugins, "configure_event_loop"):
        request.getfixturevalue("configure_event_loop")


@pytest.fixture(autouse=True)
def verify_cleanup(request: pytest.FixtureRequest) -> None:
    """Look for tasks that are left over only where there is an event loop."""
    if _runs_in_an_event_loop(request):
        request.getfixturevalue("verify_cleanup")
