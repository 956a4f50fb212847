"""Who may use the API: registered apps, drivers' accounts, and the tokens that tie them together."""

from dataclasses import dataclass, field
import secrets
import time

from .cars import Car, combustion, electric, hybrid

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


@dataclass(frozen=True)
class App:
    """An app as registered with the vendor, with the scopes declared then."""

    client_id: str
    client_secret: str
    brand: str
    realm: str
    scopes: tuple[str, ...] = SCOPES


@dataclass(eq=False, kw_only=True)
class Account:
    """A driver's account. `id_token` False leaves that out of token answers.

    An account that is not `registered_to_plan` gets its tokens but nothing from the API.
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


@dataclass(eq=False)
class Grant:
    """What a driver has allowed an app. `refresh_token` is the one that works now."""

    account: Account
    app: App
    scopes: tuple[str, ...]
    refresh_token: str = field(default_factory=secrets.token_urlsafe)
    access_tokens: dict[str, float] = field(default_factory=dict)

    def issue(self, lifetime: float) -> str:
        """Make an access token that is good for so many seconds, and a new refresh token; the old one dies."""
        access_token = secrets.token_urlsafe()
        self.access_tokens[access_token] = time.time() + lifetime
        self.refresh_token = secrets.token_urlsafe()
        return access_token


class Grants:
    """All grants, found by their tokens."""

    def __init__(self) -> None:
        self._grants: list[Grant] = []

    def add(self, grant: Grant) -> None:
        """Keep a grant."""
        self._grants.append(grant)

    def by_access_token(self, token: str) -> Grant | None:
        """Find the grant of an access token that has not expired."""
        now = time.time()
        return next((grant for grant in self._grants if grant.access_tokens.get(token, 0) > now), None)

    def by_refresh_token(self, token: str) -> Grant | None:
        """Find the grant of a refresh token that works."""
        return next((grant for grant in self._grants if grant.refresh_token == token), None)

    def revoke(self, token: str) -> None:
        """Make a grant end, named by any of its tokens. An unknown token is fine."""
        self._grants = [
            grant for grant in self._grants if token not in grant.access_tokens and token != grant.refresh_token
        ]

    def revoke_account(self, account: Account) -> None:
        """Make all grants of an account end."""
        self._grants = [grant for grant in self._grants if grant.account is not account]


PEUGEOT = App(
    client_id="0ff1ce00-57e1-4a00-8000-00000000d051",
    client_secret="demo+secret/of:the=peugeot&app%20",  # noqa: S106 - of a make-believe app
    brand="peugeot",
    realm="clientsB2CPeugeot",
)
CITROEN = App(
    client_id="0ff1ce00-57e1-4a00-8000-00000000c172",
    client_secret="demo+secret/of:the=citroen&app%20",  # noqa: S106 - of a make-believe app
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
