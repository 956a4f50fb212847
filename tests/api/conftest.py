"""A client of the API, and the simulator that it talks to."""

from collections.abc import AsyncGenerator
import ssl

import aiohttp
import pytest

from custom_components.stellantis.api.certificates import CertificateFiles, load
from custom_components.stellantis.api.client import StellantisClient
from simulator import Car, Certificates, Simulator
from tests.helpers.driver import Driver
from tests.helpers.vendor import (
    auto_enable_custom_integrations,
    configure_event_loop,
    make_grant,
    simulator,
    verify_cleanup,
)

__all__ = ["auto_enable_custom_integrations", "configure_event_loop", "simulator", "verify_cleanup"]


@pytest.fixture(scope="session")
def context(certificates: Certificates) -> ssl.SSLContext:
    files = CertificateFiles(
        certificate=certificates.client_certificate, private_key=certificates.client_key, ca=certificates.ca
    )
    return load(files).context


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def driver(simulator: Simulator, session: aiohttp.ClientSession, context: ssl.SSLContext) -> Driver:
    grant = make_grant(simulator, "driver")
    return Driver(simulator, session, context, grant.account, grant.app, grant.issue(3600))


@pytest.fixture
def client(driver: Driver) -> StellantisClient:
    return driver.client()


@pytest.fixture
def car(simulator: Simulator) -> Car:
    return simulator.cars["electric"]
