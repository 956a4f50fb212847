"""The simulator for tests that need no Home Assistant: a conftest imports these fixtures."""

from collections.abc import AsyncGenerator
from datetime import datetime

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


@pytest.fixture
async def simulator(socket_enabled: None, certificates: Certificates) -> AsyncGenerator[Simulator]:
    async with Simulator(certificates.ca.parent, speed=SPEED) as running:
        yield running
