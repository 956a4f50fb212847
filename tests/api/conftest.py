"""A client of the API, and the simulator that it talks to."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
import ssl
from typing import Any

import aiohttp
import pytest

from custom_components.stellantis.api.certificates import CertificateFiles, load
from custom_components.stellantis.api.client import StellantisClient
from custom_components.stellantis.api.scopes import Scope
from custom_components.stellantis.api.vehicle import Vehicle
from simulator import Account, App, Car, Certificates, Simulator
from tests.helpers.vendor import (
    auto_enable_custom_integrations,
    certificates,
    configure_event_loop,
    enable_event_loop_debug,
    make_grant,
    simulator,
    system_cas_read_once,
    verify_cleanup,
)

__all__ = [
    "auto_enable_custom_integrations",
    "certificates",
    "configure_event_loop",
    "enable_event_loop_debug",
    "simulator",
    "system_cas_read_once",
    "verify_cleanup",
]


@dataclass
class Tokens:
    """Gives out the first of its tokens; one that is rejected is dropped, unless it is the last."""

    left: list[str]
    rejected: list[str | None] = field(default_factory=list)

    async def __call__(self, *, rejected: str | None = None) -> str:
        self.rejected.append(rejected)
        if rejected and len(self.left) > 1:
            self.left.remove(rejected)
        return self.left[0]


@dataclass
class Driver:
    """A driver of the simulator's, with an app that has been allowed everything."""

    simulator: Simulator
    session: aiohttp.ClientSession
    context: ssl.SSLContext
    account: Account
    app: App
    token: str

    def client(self, *tokens: str, **changes: Any) -> StellantisClient:
        """Make a client that has these tokens, or the one that works."""
        options: dict[str, Any] = {
            "token": Tokens(list(tokens or [self.token])),
            "context": self.context,
            "api_url": self.simulator.api_url,
            "client_id": self.app.client_id,
            "realm": self.app.realm,
            "scopes": tuple(Scope),
            **changes,
        }
        return StellantisClient(self.session, **options)

    @property
    def asked(self) -> list[str]:
        """What the API was asked for, method and path."""
        base = "/connectedcar/v4"
        return [f"{one.method} {one.path.removeprefix(base)}" for one in self.simulator.requests]


def subscription(target: str = "https://127.0.0.1:1/hook") -> dict[str, Any]:
    """Subscribe to messages, by default where nobody takes them."""
    return {
        "label": "mine",
        "type": ["Monitor", "Remote"],
        "callback": {"webhook": {"name": "webhook", "target": target}},
    }


def vehicle(car: Car) -> Vehicle:
    """Describe a car as the client knows it."""
    return Vehicle(id=car.id, vin=car.vin, brand=None, label=None, motorization="Electric", capabilities=frozenset())


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
