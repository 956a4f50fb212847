"""The state of the vendor and its cars, and the wiring of all parts of the simulator."""

from collections.abc import Callable, Iterator

from simulator.base.background import Tasks
from simulator.base.clock import Clock, Signal
from simulator.base.journal import Connection, Delivery, Journal, Request
from simulator.cars.car import Car
from simulator.cars.garage import Garage
from simulator.cars.life import Life
from simulator.google import Google
from simulator.push.delivery import Deliverer
from simulator.push.monitors import Monitor, Monitors
from simulator.push.push_notification import PushNotifications
from simulator.push.subscription import Subscription
from simulator.push.webhook import Webhooks
from simulator.push.websocket import Websockets
from simulator.remotes.remotes import Remotes

from .accounts import CITROEN, PEUGEOT, Account, Grants, demo_accounts
from .callback import Callback
from .contract import Spelling
from .faults import Faults


class World:
    """The vendor and its cars. Tests may read and set every public attribute.

    `reported` fires when a car has reported. `google` carries push notifications. `websockets` are the connections that
    the vendor keeps. `oauth_origin` is the origin of the identity provider. `token_lifetime` is in seconds. `spelling`
    is the form of a remote's body that the API takes (docs/vendor-api.md, Where the sources disagree). With
    `message_first`, the API answers the POST of a remote after its first message was delivered, with `end_first` after
    its last. With `consent_error` the identity provider sends that error to the app in place of its consent page.
    `extension_limit` is how many extensions the list of cars takes, `broken_extensions` are those that are refused,
    with the HTTP status. `remarks` are what the garage page says beside its controls, by act and value:
    `open RearWindow`.
    """

    oauth_origin: str

    def __init__(self, speed: float) -> None:
        self.clock = Clock(speed)
        self.reported = Signal()
        self.tasks = Tasks()
        self.journal = Journal()
        self.faults = Faults()
        self.grants = Grants()
        self.apps = {app.client_id: app for app in (PEUGEOT, CITROEN)}
        self.accounts = {account.name: account for account in demo_accounts()}
        self.cars = {car.name: car for account in self.accounts.values() for car in account.cars}
        self.callbacks: dict[str, Callback] = {}
        self.google = Google(self.journal.changed)
        self.websockets = Websockets(self.journal, self.clock, self.tasks, self.faults.for_connection)
        self.deliverer = Deliverer(
            self.clock,
            self.tasks,
            self.journal,
            self.callbacks,
            {
                "webhook": Webhooks(self.journal),
                "websocket": self.websockets,
                "pushnotif": PushNotifications(self.journal, self.google),
            },
            self.faults.for_message,
            self.delete_callback,
        )
        self.monitors = Monitors(self.clock, self.tasks, self.deliverer.publish, self._all_monitors)
        self.life = Life(self.clock, self.tasks, self.report)
        self.garage = Garage(self.report, self.life.stay_awake)
        self.remotes = Remotes(self.clock, self.deliverer.publish, self.report, self.life.stay_awake)
        self.token_lifetime: float = 3600
        self.spelling: Spelling = "openapi"
        self.message_first = False
        self.end_first = False
        self.consent_error = ""
        self.extension_limit = 3
        self.broken_extensions: dict[str, int] = {}
        self.remarks: dict[str, str] = {}

    @property
    def speed(self) -> float:
        """Simulated seconds per real second."""
        return self.clock.speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self.clock.speed = speed

    @property
    def requests(self) -> list[Request]:
        """The requests to the API and the identity provider, in order of arrival."""
        return self.journal.requests

    @property
    def deliveries(self) -> list[Delivery]:
        """The attempts to deliver messages, in the order in which they ended."""
        return self.journal.deliveries

    @property
    def connections(self) -> list[Connection]:
        """The attempts to open websockets, in the order in which they ended."""
        return self.journal.connections

    def add_car(self, account: Account, car: Car) -> None:
        """Add a car to an account."""
        account.cars.append(car)
        self.cars[car.name] = car

    def report(self, car: Car, *blocks: str) -> None:
        """Make a car report the named blocks of its status, all if none is named. Evaluate its monitors."""
        car.touch(*blocks)
        self.monitors.evaluate(car)
        self.life.follow(car)
        self.reported.fire()

    def delete_callback(self, subscription: Subscription) -> None:
        """Delete a callback. Its monitors go with it, and its messages are never delivered."""
        callback = self.callbacks.pop(subscription.id)
        self.deliverer.follow(callback)
        self.monitors.stop(*callback.monitors.values())
        callback.monitors.clear()

    def revoke_tokens(self, account_name: str) -> None:
        """Invalidate all access and refresh tokens of an account."""
        self.grants.revoke_account(self.accounts[account_name])

    async def wait_for_request(self, method: str, path_suffix: str, *, after: int = 0) -> Request:
        """Wait for an answered request, skipping the first `after` matching ones."""
        return await self.journal.wait_for_request(method, path_suffix, after=after)

    async def wait_for_delivery(self, predicate: Callable[[Delivery], bool]) -> Delivery:
        """Wait for a delivery that fulfils `predicate`. Past deliveries count."""
        return await self.journal.wait_for_delivery(predicate)

    async def wait_for_connection(self, callback: Callback) -> None:
        """Wait until the websocket of a callback is open."""
        await self.journal.changed.until(lambda: self.websockets.is_connected(callback))

    async def wait_for_report(self, predicate: Callable[[], bool]) -> None:
        """Wait until `predicate` is true. It is called now and after each report of a car."""
        await self.reported.until(predicate)

    async def idle(self) -> None:
        """Wait until no remote is in progress and no message is to be delivered, but for those that a fault holds."""
        await self.journal.changed.until(lambda: not self._busy)

    def _all_monitors(self) -> Iterator[Monitor]:
        for callback in self.callbacks.values():
            yield from callback.monitors.values()

    @property
    def _busy(self) -> bool:
        return self.remotes.busy or any(callback.busy for callback in self.callbacks.values())
