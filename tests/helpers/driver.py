"""A driver of the simulator's, whose client is the integration's."""

from dataclasses import dataclass, field
import ssl
from typing import Any

import aiohttp

from custom_components.stellantis.api.client import StellantisClient
from custom_components.stellantis.api.scopes import Scope
from custom_components.stellantis.api.vehicle import Vehicle
from simulator import Account, App, Car, Simulator


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


def vehicle(car: Car) -> Vehicle:
    """Describe a car as the client knows it."""
    return Vehicle(id=car.id, vin=car.vin, brand=None, label=None, motorization="Electric", capabilities=frozenset())
