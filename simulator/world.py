"""Everything the simulator knows: what its two servers, its cars and its tests share."""

from collections.abc import Callable

from .accounts import CITROEN, PEUGEOT, Account, Grants, demo_accounts
from .background import Tasks
from .callbacks import Callback, Deliverer
from .cars import Car
from .clock import Clock, Signal
from .contract import Spelling
from .faults import Faults
from .garage import Garage
from .journal import Delivery, Journal, Request
from .life import Life
from .monitors import Monitors
from .remotes import Remotes


class World:
    """The vendor's state. Tests may read and set all of it.

    `oauth_origin` is the identity provider's. `token_lifetime` is in seconds. `spelling` says which of the two forms
    of a remote the API takes. With `message_first` a remote is answered only after its first message was, with
    `end_first` only after its last.
    """

    deliverer: Deliverer
    oauth_origin: str

    def __init__(self, speed: float) -> None:
        self.clock = Clock(speed)
        self.reported = Signal()
        self.tasks = Tasks()
        self.journal = Journal()
        self.faults = Faults()
        self.grants = Grants()
        self.remotes = Remotes(self)
        self.monitors = Monitors(self)
        self.life = Life(self)
        self.garage = Garage(self)
        self.apps = {app.client_id: app for app in (PEUGEOT, CITROEN)}
        self.accounts = {account.name: account for account in demo_accounts()}
        self.cars = {car.name: car for account in self.accounts.values() for car in account.cars}
        self.callbacks: dict[str, Callback] = {}
        self.token_lifetime: float = 3600
        self.spelling: Spelling = "openapi"
        self.message_first = False
        self.end_first = False

    @property
    def speed(self) -> float:
        """How many times faster than real cars these are."""
        return self.clock.speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self.clock.speed = speed

    @property
    def requests(self) -> list[Request]:
        """Every request to both servers, in order of arrival."""
        return self.journal.requests

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to deliver messages, in order of its end."""
        return self.journal.deliveries

    def add_car(self, account: Account, car: Car) -> None:
        """Give an account one more car."""
        account.cars.append(car)
        self.cars[car.name] = car

    def report(self, car: Car, *blocks: str) -> None:
        """Let a car report blocks of its status, all when none is named: the monitors are told, and it goes on."""
        car.touch(*blocks)
        self.monitors.evaluate(car)
        self.life.follow(car)
        self.reported.fire()

    def revoke_tokens(self, account_name: str) -> None:
        """Make all tokens of an account die, access and refresh."""
        self.grants.revoke_account(self.accounts[account_name])

    async def wait_for_request(self, method: str, path_suffix: str, *, after: int = 0) -> Request:
        """Wait for a request that has been answered, skipping the first `after` that match."""
        return await self.journal.wait_for_request(method, path_suffix, after=after)

    async def wait_for_delivery(self, predicate: Callable[[Delivery], bool]) -> Delivery:
        """Wait for a delivery that fulfils `predicate`; one that is over counts."""
        return await self.journal.wait_for_delivery(predicate)

    async def wait_for_report(self, predicate: Callable[[], bool]) -> None:
        """Wait until the cars are in a state that fulfils `predicate`, which is asked now and after each report."""
        await self.reported.until(predicate)

    async def idle(self) -> None:
        """Wait until no remote is in progress and no message waits to be delivered."""
        await self.journal.changed.until(lambda: not self._busy)

    @property
    def _busy(self) -> bool:
        return self.remotes.busy or any(callback.busy for callback in self.callbacks.values())
