"""The simulator for tests that need no Home Assistant: a conftest imports these fixtures."""

from collections.abc import AsyncGenerator, Generator
from datetime import datetime
from functools import cache
from inspect import iscoroutinefunction

import pytest

from simulator import Certificates, Simulator
from simulator.vendor.accounts import Grant

SPEED = 500


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


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory, clocks: list[datetime]) -> Certificates:
    return Certificates.issue(tmp_path_factory.mktemp("certificates"), clocks)


@pytest.fixture(scope="session")
def system_cas_read_once() -> Generator[None]:
    """Let all simulators share the context of their outgoing connections.

    To read the system's certificate authorities takes longer than the rest of a simulator's start.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Certificates, "public_context", cache(Certificates.public_context))
        yield


@pytest.fixture
async def simulator(
    socket_enabled: None, certificates: Certificates, system_cas_read_once: None
) -> AsyncGenerator[Simulator]:
    async with Simulator(certificates.ca.parent, speed=SPEED) as running:
        yield running


def _runs_in_an_event_loop(request: pytest.FixtureRequest) -> bool:
    return iscoroutinefunction(request.function) or "simulator" in request.fixturenames


@pytest.fixture(autouse=True)
def configure_event_loop(request: pytest.FixtureRequest) -> None:
    """Make no event loop for a test that does not run in one, as Home Assistant's test plugin would."""
    if _runs_in_an_event_loop(request):
        request.getfixturevalue("configure_event_loop")


@pytest.fixture(autouse=True)
def enable_event_loop_debug(request: pytest.FixtureRequest) -> None:
    """Debug no event loop where there is none."""
    if _runs_in_an_event_loop(request):
        request.getfixturevalue("enable_event_loop_debug")


@pytest.fixture(autouse=True)
def verify_cleanup(request: pytest.FixtureRequest) -> None:
    """Look for tasks that are left over only where there is an event loop."""
    if _runs_in_an_event_loop(request):
        request.getfixturevalue("verify_cleanup")
