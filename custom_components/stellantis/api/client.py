"""The client of the API: one method for each endpoint (docs/vendor-api.md)."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
import ssl
from typing import Any, Final, Protocol, Self

from aiohttp import ClientSession
from yarl import URL

from .collisions import CollisionRecord, read_collision
from .errors import (
    AuthenticationError,
    BadAnswerError,
    BadRequestError,
    EmptyAnswerError,
    ForbiddenError,
    NoDataError,
    RateLimitError,
    StellantisError,
    TokenRefusedError,
    VendorError,
)
from .extensions import VehicleExtensions
from .http import request
from .lenient import MAX_URL, as_object, as_objects, as_text
from .monitors import Monitor, UserMonitor
from .rate_limits import RateLimits
from .remotes import Progress, Remote, UserRemote
from .scopes import Scope
from .status import Status
from .trips import TripRecord, read_trip
from .vehicle import Vehicle

_PAGE_SIZE: Final = 60
_MAX_PAGES: Final = 50
_COLLECTION: Final = frozenset({"_embedded", "_links", "total"})
_BAD_REQUEST: Final = 400
_SERVER_ERROR: Final = 500
_RECENT_TRIPS: Final = timedelta(days=30)
_RECENT_COLLISIONS: Final = timedelta(days=7)


class Token(Protocol):
    """Gives the client its access token, or raises a StellantisError."""

    async def __call__(self, *, rejected: str | None = None) -> str:
        """Return the access token. `rejected` is one that the API has just refused: return another one."""


class RegistrationStatus(StrEnum):
    """What a callback or a monitor does, as far as it is documented."""

    CREATED = "Created"
    RUNNING = "Running"
    PAUSED = "Paused"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCallback:
    """A callback as it is registered with the vendor.

    `status` is a `RegistrationStatus`, or a word that is not known yet. `subscription` is the body that it was
    registered with.
    """

    id: str
    label: str | None
    status: str | None
    subscription: Mapping[str, Any] = field(repr=False)

    @classmethod
    def parse(cls, item: Mapping[str, Any]) -> Self | None:
        """Read a callback as the vendor shows it; None if it has no id."""
        callback_id = as_text(item.get("id"))
        if callback_id is None:
            return None
        subscription = as_object(item.get("subscribe"))
        return cls(
            id=callback_id,
            label=as_text(item.get("label")) or as_text(subscription.get("label")),
            status=as_text(item.get("status")),
            subscription=subscription,
        )


class StellantisClient:
    """The API of one account. Every method raises a StellantisError if the answer is not as documented."""

    def __init__(
        self,
        session: ClientSession,
        token: Token,
        *,
        context: ssl.SSLContext,
        api_url: str,
        client_id: str,
        realm: str,
        scopes: Collection[str],
        tutorial_spellings: Collection[str] = (),
        on_tutorial_spellings: Callable[[list[str]], None] | None = None,
        on_token: Callable[[bool], None] | None = None,
        on_end: Callable[[StellantisError | None], None] | None = None,
        extensions: VehicleExtensions | None = None,
    ) -> None:
        """Make a client.

        `tutorial_spellings` are the types of remotes that this account's API takes in the tutorial's spelling only;
        `on_tutorial_spellings` is called with the new list when that changes. `on_token` is called with whether the
        API has accepted a token: True after each success, False when it refuses a new token too. `on_end` is called
        with how each request has ended: None for a success. `extensions` remembers
        what can be asked for with the list of cars.
        """
        self._session = session
        self._token = token
        self._context = context
        self._api_url = URL(api_url.rstrip("/"))
        self._client_id = client_id
        self._realm = realm
        self._scopes = scopes
        self.rate_limits = RateLimits()
        self._tutorial_spellings = set(tutorial_spellings)
        self._on_tutorial_spellings = on_tutorial_spellings
        self._on_token = on_token or (lambda _accepted: None)
        self._on_end = on_end or (lambda _err: None)
        self._extensions = extensions or VehicleExtensions()

    def use(self, context: ssl.SSLContext) -> None:
        """Show another client certificate from the next connection on."""
        self._context = context

    @property
    def can_read_status(self) -> bool:
        """Whether the scopes allow any part of a status to be read."""
        return any(scope in self._scopes for scope in (Scope.TELEMETRY, Scope.POSITION))

    @property
    def can_read_collisions(self) -> bool:
        """Whether the scopes allow to read the collisions of a car, and to see that there are any."""
        return self.can_read_status and Scope.COLLISION in self._scopes

    @property
    def scopes(self) -> Collection[str]:
        """The scopes that the user consented to."""
        return self._scopes

    async def check(self) -> None:
        """Ask for something small, to see whether the API answers (`GET /user`)."""
        await self._request("GET", "user", reading=True)

    async def user_email(self) -> str | None:
        """Read the account's e-mail address (`GET /user`)."""
        user = await self._request("GET", "user")
        return as_text(user.get("email"))

    async def vehicles(self, known: Collection[Vehicle] = ()) -> list[Vehicle]:
        """Read the cars of the account (`GET /user/vehicles`, all pages).

        There are none if the vendor says that it knows none, which it is known to do for days. `known` are the cars
        that are known already: what the answer leaves out of them is as it was.
        """
        try:
            items = await self._read_vehicles()
        except NoDataError as err:
            if not err.known_address:
                raise
            items = []
        cars = [Vehicle.parse(item, self._scopes, known) for item in items]
        return [car for car in cars if car is not None]

    async def _read_vehicles(self) -> list[Mapping[str, Any]]:
        """Read the items of the list of cars, with as many extensions as the vendor takes."""
        choices = self._extensions.choices()
        refusal: StellantisError | None = None
        while True:
            names = choices.pop(0)
            query = [("extension", name) for name in names]
            try:
                items = await self._collection("user/vehicles", "vehicles", query, reading=True)
            except (BadRequestError, ForbiddenError, VendorError) as err:
                refusal = refusal or err
                if not choices or not _may_refuse_extensions(err):
                    raise refusal from None
            else:
                self._extensions.keep(names)
                return items

    async def status(self, vehicle: Vehicle) -> Status:
        """Read what the car last reported (`GET /user/vehicles/{id}/status`)."""
        answer = await self._request("GET", f"user/vehicles/{vehicle.id}/status", reading=True)
        return Status.parse(answer, vehicle.motorization)

    async def maintenance(self, vehicle: Vehicle) -> Status:
        """Read when the next maintenance is due (`GET /user/vehicles/{id}/maintenance`), if the scopes allow it."""
        if Scope.TELEMETRY not in self._scopes:
            return Status()
        status = Status.parse_maintenance(
            await self._request("GET", f"user/vehicles/{vehicle.id}/maintenance", reading=True)
        )
        if not status.blocks:
            raise EmptyAnswerError("no maintenance")
        return status

    async def alerts(self, vehicle: Vehicle) -> Status:
        """Read which alerts are active (`GET /user/vehicles/{id}/alerts`, all pages), if the scopes allow it.

        Raises NoDataError if the vendor says that it knows none.
        """
        if Scope.ALERT not in self._scopes:
            return Status()
        at = datetime.now(UTC).replace(microsecond=0)  # the dates in the vendor's messages are whole seconds too
        try:
            alerts = await self._collection(f"user/vehicles/{vehicle.id}/alerts", "alerts", reading=True, certain=True)
        except NoDataError as err:
            if not err.known_address:
                raise EmptyAnswerError("no alerts") from err
            raise
        return Status.parse_alerts(alerts, at)

    async def collisions(self, vehicle: Vehicle) -> list[CollisionRecord]:
        """Read the collisions of the last week (`GET /user/vehicles/{id}/collisions`), if the scopes allow it.

        The OpenAPI file calls this deprecated, so a refusal is NoDataError too: there is no use in asking again soon.
        """
        if not self.can_read_collisions:
            return []
        path = f"user/vehicles/{vehicle.id}/collisions"
        try:
            items = await self._collection(path, "collisions", _since(_RECENT_COLLISIONS), reading=True, certain=True)
        except NoDataError as err:
            if not err.known_address:
                raise
            items = []
        except (BadRequestError, EmptyAnswerError, ForbiddenError) as err:
            raise NoDataError from err
        return [collision for item in items if (collision := read_collision(item))]

    async def trips(self, vehicle: Vehicle) -> list[TripRecord]:
        """Read the trips of a month (`GET /user/vehicles/{id}/trips`, all pages), if the scopes allow it."""
        if Scope.TRIP not in self._scopes:
            return []
        # Without a range the answer begins with the first trip of the car's life.
        query = _since(_RECENT_TRIPS)
        items = await self._collection(f"user/vehicles/{vehicle.id}/trips", "trips", query, reading=True, certain=True)
        return [trip for item in items if (trip := read_trip(item))]

    async def callbacks(self, *, certain: bool = False) -> list[UserCallback]:
        """Read the callbacks of this app and user (`GET /user/callbacks`, all pages).

        With `certain`, an answer that may not mean that there are none raises an error.
        """
        try:
            items = await self._collection("user/callbacks", "callbacks", certain=certain)
        except NoDataError as err:
            if certain and not err.known_address:
                raise
            items = []
        return [found for item in items if (found := UserCallback.parse(item))]

    async def callback(self, callback_id: str) -> UserCallback | None:
        """Read one callback (`GET /user/callbacks/{cbid}`); None if the vendor does not show it."""
        try:
            return UserCallback.parse(await self._request("GET", f"user/callbacks/{callback_id}"))
        except BadRequestError, ForbiddenError, NoDataError:
            return None

    async def create_callback(self, subscription: Mapping[str, Any]) -> str:
        """Register a callback and return its id (`POST /user/callbacks`)."""
        return _id(await self._request("POST", "user/callbacks", subscription), "callbackId")

    async def update_callback(self, callback_id: str, subscription: Mapping[str, Any]) -> None:
        """Replace what a callback was registered with (`PUT /user/callbacks/{cbid}`)."""
        await self._request("PUT", f"user/callbacks/{callback_id}", subscription)

    async def set_callback_status(self, callback_id: str, status: RegistrationStatus) -> None:
        """Set a callback running or paused (`PUT /user/callbacks/{cbid}/status`)."""
        await self._request("PUT", f"user/callbacks/{callback_id}/status", {"status": status})

    async def delete_callback(self, callback_id: str) -> None:
        """Delete a callback and the monitors that belong to it (`DELETE /user/callbacks/{cbid}`)."""
        await self._request("DELETE", f"user/callbacks/{callback_id}")

    async def monitors(self, vehicle_id: str, callback_id: str) -> list[UserMonitor]:
        """Read the monitors of a car that belong to a callback (`GET .../monitors`, all pages)."""
        try:
            items = await self._collection(_monitors(vehicle_id, callback_id), "monitors")
        except NoDataError:
            items = []
        return [
            UserMonitor(
                id=monitor_id,
                label=as_text(as_object(item.get("monitor")).get("label")) or as_text(item.get("label")),
                status=as_text(item.get("status")),
            )
            for item in items
            if (monitor_id := as_text(item.get("monitorId")))
        ]

    async def create_monitor(self, vehicle_id: str, callback_id: str, monitor: Monitor) -> str:
        """Create a monitor and return its id (`POST .../monitors`)."""
        return _id(await self._request("POST", _monitors(vehicle_id, callback_id), monitor.body), "monitorId")

    async def update_monitor(self, vehicle_id: str, callback_id: str, monitor_id: str, monitor: Monitor) -> None:
        """Replace what a monitor watches (`PUT .../monitors/{mid}`)."""
        await self._request("PUT", f"{_monitors(vehicle_id, callback_id)}/{monitor_id}", monitor.body)

    async def set_monitor_status(
        self, vehicle_id: str, callback_id: str, monitor_id: str, status: RegistrationStatus
    ) -> None:
        """Set a monitor running or paused (`PUT .../monitors/{mid}/status`)."""
        path = f"{_monitors(vehicle_id, callback_id)}/{monitor_id}/status"
        await self._request("PUT", path, {"status": status})

    async def delete_monitor(self, vehicle_id: str, callback_id: str, monitor_id: str) -> None:
        """Delete a monitor (`DELETE .../monitors/{mid}`)."""
        await self._request("DELETE", f"{_monitors(vehicle_id, callback_id)}/{monitor_id}")

    async def send_remote(self, vehicle_id: str, callback_id: str, remote: Remote, label: str | None = None) -> str:
        """Ask a car to do something and return the remote's id (`POST .../remotes`).

        `remotes` lists the remote under this label, by default its type.

        The vendor's tutorial and its OpenAPI file spell some remotes differently (docs/vendor-api.md, "Where the
        sources disagree"): after a 400 the other spelling is tried, once, and the one that worked is kept.
        """
        path = _remotes(vehicle_id, callback_id)
        spellings = [remote.body] if remote.tutorial_body is None else [remote.body, remote.tutorial_body]
        if remote.type in self._tutorial_spellings:
            spellings.reverse()
        try:
            answer = await self._request("POST", path, {"label": label or remote.type, **spellings[0]})
        except BadRequestError as err:
            if err.status != _BAD_REQUEST or len(spellings) == 1:
                raise
            try:
                answer = await self._request("POST", path, {"label": label or remote.type, **spellings[1]})
            except BadRequestError:
                raise err from None
            self._keep_spelling(remote.type, tutorial=spellings[1] == remote.tutorial_body)
        return _id(answer, "remoteActionId")

    def _keep_spelling(self, remote_type: str, *, tutorial: bool) -> None:
        if tutorial:
            self._tutorial_spellings.add(remote_type)
        else:
            self._tutorial_spellings.discard(remote_type)
        if self._on_tutorial_spellings:
            self._on_tutorial_spellings(sorted(self._tutorial_spellings))

    async def remotes(self, vehicle_id: str, callback_id: str) -> list[UserRemote]:
        """Read the remotes of a car that belong to a callback (`GET .../remotes`, all pages)."""
        items = await self._collection(_remotes(vehicle_id, callback_id), "remoteActions")
        return [remote for item in items if (remote := UserRemote.parse(item))]

    async def remote_progress(self, vehicle_id: str, callback_id: str, remote_id: str) -> Progress:
        """Read the progress of a remote (`GET .../remotes/{rid}`)."""
        answer = await self._request("GET", f"{_remotes(vehicle_id, callback_id)}/{remote_id}")
        progress = Progress.parse({"status": answer.get("status"), "failureCause": answer.get("failureCause")})
        if progress is None:
            raise BadAnswerError("a remote without a status")
        return progress

    async def _collection(
        self,
        path: str,
        name: str,
        query: Collection[tuple[str, str]] = (),
        *,
        reading: bool = False,
        certain: bool = False,
    ) -> list[Mapping[str, Any]]:
        """Read all pages of a collection.

        The links in the answers name another host: only their page token is used. With `certain`, an answer without
        content, or with something else, raises EmptyAnswerError: it may not mean that there are none.
        """
        items: list[Mapping[str, Any]] = []
        paging = [("pageSize", str(_PAGE_SIZE))]
        for _ in range(_MAX_PAGES):
            try:
                answer = await self._request("GET", path, query=[*query, *paging], reading=reading)
            except NoDataError:
                if not items:
                    raise
                return items  # the page before was the last one
            if certain and not answer.keys() & _COLLECTION:
                raise EmptyAnswerError(f"no {name}")
            embedded = as_object(answer.get("_embedded"))
            # The OpenAPI file writes the name of one collection with a capital letter.
            found = embedded.get(name, embedded.get(name.capitalize()))
            if not isinstance(found, list | dict | None):
                raise BadAnswerError(f"{name} is not a list")
            items += as_objects(found)
            token = _next_page_token(answer)
            if token is None or ("pageToken", token) in paging:
                return items
            paging = [("pageSize", str(_PAGE_SIZE)), ("pageToken", token)]
        raise BadAnswerError(f"{name} has no last page")

    async def _request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Collection[tuple[str, str]] = (),
        *,
        reading: bool = False,
    ) -> dict[str, Any]:
        """Send a request with the token; if the API refuses the token, once more with a new one.

        With `reading`, raises SavingError rather than use up the requests that are kept for commands.
        """
        if reading:
            self.rate_limits.check()
        await self.rate_limits.pace()
        try:
            answer = await self._request_with_token(method, path, body, query)
        except StellantisError as err:
            if isinstance(err, RateLimitError):
                self.rate_limits.pause(err.retry_after)
            self._on_end(err)
            raise
        self._on_end(None)
        return answer

    async def _request_with_token(
        self, method: str, path: str, body: Mapping[str, Any] | None, query: Collection[tuple[str, str]]
    ) -> dict[str, Any]:
        token = await self._access_token()
        try:
            answer = await self._request_with(token, method, path, body, query)
        except AuthenticationError:
            token = await self._access_token(rejected=token)
            try:
                answer = await self._request_with(token, method, path, body, query)
            except AuthenticationError as err:
                # The gateway refuses valid tokens now and then, so the grant is not lost.
                self._on_token(False)
                raise TokenRefusedError from err
        self._on_token(True)
        return answer

    async def _access_token(self, rejected: str | None = None) -> str:
        try:
            return await self._token(rejected=rejected)
        except StellantisError as err:
            err.before_request = True
            raise

    def _request_with(
        self,
        token: str,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        query: Collection[tuple[str, str]],
    ) -> Awaitable[dict[str, Any]]:
        return request(
            self._session,
            method,
            str(self._api_url / path),
            params=[("client_id", self._client_id), *query],
            json=body,
            ssl=self._context,
            on_headers=self.rate_limits.note,
            headers={
                "Accept": "application/hal+json, application/json",
                "Authorization": f"Bearer {token}",
                "x-introspect-realm": self._realm,
            },
        )


def _may_refuse_extensions(err: BadRequestError | ForbiddenError | VendorError) -> bool:
    """Return whether an answer may be about the extensions: any other failure would be the same without them."""
    return isinstance(err, ForbiddenError) or err.status in {_BAD_REQUEST, _SERVER_ERROR}


def _since(ago: timedelta) -> list[tuple[str, str]]:
    """Return the query for what has been since the day that was so long ago."""
    return [("timestamps", (datetime.now(UTC) - ago).strftime("%Y-%m-%dT00:00:00Z/"))]


def _remotes(vehicle_id: str, callback_id: str) -> str:
    return f"user/vehicles/{vehicle_id}/callbacks/{callback_id}/remotes"


def _monitors(vehicle_id: str, callback_id: str) -> str:
    return f"user/vehicles/{vehicle_id}/callbacks/{callback_id}/monitors"


def _next_page_token(answer: Mapping[str, Any]) -> str | None:
    link = as_text(as_object(as_object(answer.get("_links")).get("next")).get("href"), MAX_URL)
    try:
        return URL(link).query.get("pageToken") if link else None
    except ValueError:
        raise BadAnswerError("a link that is not an address") from None


def _id(answer: Mapping[str, Any], key: str) -> str:
    value = as_text(answer.get(key))
    if value is None:
        raise BadAnswerError(f"an answer without {key}")
    return value
