"""Registered apps, drivers' accounts, and the tokens that an account grants to an app."""

from dataclasses import dataclass, field
import secrets
import time
from typing import Literal

from simulator.cars.car import Car
from simulator.cars.models import combustion, electric, hybrid

DATA_SCOPES = ("data:telemetry", "data:position", "data:trip", "data:alert", "data:collision")
REMOTE_SCOPES = (
    "remote:door:write",
    "remote:preconditioning:write",
    "remote:horn:write",
    "remote:charging:write",
    "remote:lights:write",
    "remote:wakeup:write",
    "remote:navigation:write",
)
SCOPES = (*DATA_SCOPES, *REMOTE_SCOPES)


type Forgetfulness = Literal["", "without_embedded", "empty", "null", "no_content", "not_found"]
"""How the list of an account's cars is answered while the vendor knows none of them."""


@dataclass(frozen=True)
class App:
    """An app registered with the vendor. `scopes` are those declared at registration."""

    client_id: str
    client_secret: str
    brand: str
    realm: str
    scopes: tuple[str, ...] = SCOPES


@dataclass(eq=False, kw_only=True)
class Account:
    """A driver's account.

    With `id_token` False, the answers to its token requests have no `id_token`. An account that is not
    `registered_to_plan` gets tokens, but the API answers 401. `forgetful` is how the list of its cars is answered while
    the vendor has forgotten all of them; `unlisted` are cars that the list lacks, and that are the account's all the
    same.
    """

    name: str
    subject: str
    email: str
    first_name: str
    last_name: str
    realm: str
    cars: list[Car] = field(default_factory=list)
    id_token: bool = True
    registered_to_plan: bool = True
    forgetful: Forgetfulness = ""
    unlisted: set[Car] = field(default_factory=set)

    @property
    def listed_cars(self) -> list[Car]:
        """The cars that the list names, unless all of them are forgotten."""
        return [car for car in self.cars if car not in self.unlisted]


@dataclass(eq=False)
class Grant:
    """What a driver has allowed an app. `access_tokens` holds the time at which each expires."""

    account: Account
    app: App
    scopes: tuple[str, ...]
    refresh_token: str = field(default_factory=secrets.token_urlsafe)
    access_tokens: dict[str, float] = field(default_factory=dict)

    def issue(self, lifetime: float) -> str:
        """Issue an access token with a lifetime in seconds, and replace the refresh token."""
        access_token = secrets.token_urlsafe()
        self.access_tokens[access_token] = time.time() + lifetime
        self.refresh_token = secrets.token_urlsafe()
        return access_token


class Grants:
    """All grants."""

    def __init__(self) -> None:
        self._grants: list[Grant] = []

    def add(self, grant: Grant) -> None:
        """Add a grant."""
        self._grants.append(grant)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._grants)

    def allows(self, account: Account) -> bool:
        """Tell whether an account has allowed an app anything."""
        return any(grant.account is account for grant in self._grants)

    def by_access_token(self, token: str) -> Grant | None:
        """Find the grant of an access token that has not expired."""
        now = time.time()
        return next((grant for grant in self._grants if grant.access_tokens.get(token, 0) > now), None)

    def by_refresh_token(self, token: str) -> Grant | None:
        """Find the grant of a valid refresh token."""
        return next((grant for grant in self._grants if grant.refresh_token == token), None)

    def revoke(self, token: str) -> None:
        """Delete the grant of an access or refresh token. Ignore an unknown token."""
        self._grants = [
            grant for grant in self._grants if token not in grant.access_tokens and token != grant.refresh_token
        ]

    def revoke_account(self, account: Account) -> None:
        """Delete all grants of an account."""
        self._grants = [grant for grant in self._grants if grant.account is not account]


PEUGEOT = App(
    client_id="0ff1ce00-57e1-4a00-8000-00000000d051",
    client_secret="demo+secret/of:the=peugeot&app%20",  # noqa: S106 - a simulated app
    brand="peugeot",
    realm="clientsB2CPeugeot",
)
CITROEN = App(
    client_id="0ff1ce00-57e1-4a00-8000-00000000c172",
    client_secret="demo+secret/of:the=citroen&app%20",  # noqa: S106 - a simulated app
    brand="citroen",
    realm="clientsB2CCitroen",
)


def demo_accounts() -> list[Account]:
    """Make the two accounts and four cars that the simulator starts with."""
    return [
        Account(
            name="driver",
            subject="d7b1c5b0-0000-4000-8000-000000000001",
            email="driver@example.com",
            first_name="Demo",
            last_name="Driver",
            realm=PEUGEOT.realm,
            cars=[
                electric("electric", "Peugeot", "e-208"),
                hybrid("hybrid", "Peugeot", "308 Hybrid"),
                combustion("combustion", "Peugeot", "2008"),
            ],
        ),
        Account(
            name="family",
            subject="d7b1c5b0-0000-4000-8000-000000000002",
            email="family@example.com",
            first_name="Demo",
            last_name="Family",
            realm=CITROEN.realm,
            cars=[electric("second", "Citroën", "ë-C4")],
        ),
    ]
