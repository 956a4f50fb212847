"""The API: who is asking, what is asked for, and the answers, as strict as the OpenAPI file."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
import secrets
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from . import contract, documents
from .accounts import DATA_SCOPES, REMOTE_SCOPES, SCOPES, Account, Grant
from .answers import ApiError, answer_errors, rate_limits
from .callbacks import RUNNING, Callback
from .cars import Car
from .clock import timestamp
from .contract import Schema
from .journal import ENTRY, Request
from .monitors import Monitor, Plan
from .remotes import KINDS, Remote
from .spans import is_within
from .world import World

BASE = "/connectedcar/v4"

_NOT_REGISTERED = {
    "httpCode": "401",
    "httpMessage": "Unauthorized",
    "moreInformation": "Not registered to plan",
}


@dataclass(frozen=True, kw_only=True)
class _Call:
    """A request that was let in, its query and body valid."""

    request: web.Request
    grant: Grant
    body: Any

    @property
    def account(self) -> Account:
        return self.grant.account

    @property
    def entry(self) -> Request:
        return self.request[ENTRY]

    @property
    def extensions(self) -> list[str]:
        return self.request.query.getall("extension", [])


@dataclass(frozen=True, kw_only=True)
class _Route:
    """An endpoint. A token with any one of the scopes may use it."""

    method: str
    path: str
    handler: Callable[[_Call], Awaitable[web.Response]]
    scopes: tuple[str, ...] = SCOPES
    query: tuple[str, ...] = ()
    body: Callable[[], Schema] | None = None


class Api:
    """The API's routes."""

    def __init__(self, world: World) -> None:
        self._world = world
        vehicle = "/user/vehicles/{id}"
        callback = "/user/callbacks/{cbid}"
        remotes = f"{vehicle}/callbacks/{{cbid}}/remotes"
        monitors = f"{vehicle}/callbacks/{{cbid}}/monitors"
        monitor = f"{monitors}/{{mid}}"
        paging = ("indexRange", "pageSize", "pageToken")
        localized = ("locale", "country", "extension")
        self._routes = (
            _Route(method="GET", path="/user", handler=self._user, query=("country",)),
            _Route(
                method="GET",
                path="/user/vehicles",
                handler=self._vehicles,
                query=(*paging, *localized, "vinPrefix"),
            ),
            _Route(method="GET", path=vehicle, handler=self._vehicle, query=localized),
            _Route(method="GET", path=f"{vehicle}/status", handler=self._status, scopes=DATA_SCOPES[:2]),
            _Route(
                method="GET",
                path=f"{vehicle}/maintenance",
                handler=self._maintenance,
                scopes=("data:telemetry",),
            ),
            _Route(
                method="GET",
                path=f"{vehicle}/alerts",
                handler=self._alerts,
                scopes=("data:alert",),
                query=("timestamps", *paging),
            ),
            _Route(
                method="GET",
                path=f"{vehicle}/trips",
                handler=self._trips,
                scopes=("data:trip",),
                query=("timestamps", *paging),
            ),
            _Route(method="GET", path="/user/callbacks", handler=self._list_callbacks, query=("types", *paging)),
            _Route(
                method="POST",
                path="/user/callbacks",
                handler=self._create_callback,
                body=lambda: contract.CALLBACK,
            ),
            _Route(method="GET", path=callback, handler=self._read_callback),
            _Route(
                method="PUT",
                path=callback,
                handler=self._replace_callback,
                body=lambda: contract.CALLBACK,
            ),
            _Route(method="DELETE", path=callback, handler=self._delete_callback),
            _Route(
                method="PUT",
                path=f"{callback}/status",
                handler=self._set_callback_status,
                body=lambda: contract.STATUS,
            ),
            _Route(
                method="GET",
                path=remotes,
                handler=self._list_remotes,
                scopes=REMOTE_SCOPES,
                query=paging,
            ),
            _Route(
                method="POST",
                path=remotes,
                handler=self._send_remote,
                scopes=REMOTE_SCOPES,
                body=lambda: contract.REMOTE[world.spelling],
            ),
            _Route(method="GET", path=f"{remotes}/{{rid}}", handler=self._read_remote, scopes=REMOTE_SCOPES),
            _Route(
                method="GET",
                path=monitors,
                handler=self._list_monitors,
                scopes=DATA_SCOPES,
                query=paging,
            ),
            _Route(
                method="POST",
                path=monitors,
                handler=self._create_monitor,
                scopes=DATA_SCOPES,
                body=lambda: contract.MONITOR,
            ),
            _Route(method="GET", path=monitor, handler=self._read_monitor, scopes=DATA_SCOPES),
            _Route(
                method="PUT",
                path=monitor,
                handler=self._replace_monitor,
                scopes=DATA_SCOPES,
                body=lambda: contract.MONITOR,
            ),
            _Route(method="DELETE", path=monitor, handler=self._delete_monitor, scopes=DATA_SCOPES),
            _Route(
                method="PUT",
                path=f"{monitor}/status",
                handler=self._set_monitor_status,
                scopes=DATA_SCOPES,
                body=lambda: contract.STATUS,
            ),
        )

    def application(self) -> web.Application:
        """Make the server."""
        journal, faults = self._world.journal.middleware(), self._world.faults.middleware(BASE)
        middlewares = [journal, rate_limits(), faults, answer_errors]
        application = web.Application(middlewares=middlewares)
        for route in self._routes:
            application.router.add_route(route.method, BASE + route.path, self._checked(route))
        return application

    def _checked(self, route: _Route) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            grant = self._find_grant(request)
            if not set(route.scopes) & set(grant.scopes):
                raise ApiError(403, "The token has no scope for this.")
            query = {name: request.query.getall(name) for name in request.query}
            _check(contract.query(*route.query), query)
            body = request[ENTRY].body
            if route.body is None and body is not None:
                raise ApiError(400, "This request has no body.")
            if route.body:
                if request.content_type != "application/json":
                    raise ApiError(400, "The body is not JSON.")
                _check(route.body(), body)
            return await route.handler(_Call(request=request, grant=grant, body=body))

        return handle

    def _find_grant(self, request: web.Request) -> Grant:
        app = self._world.apps.get(request.query.get("client_id", ""))
        if app is None:
            raise ApiError(401, "The client id is missing or unknown.")
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        grant = self._world.grants.by_access_token(token) if scheme == "Bearer" else None
        if grant is None or grant.app is not app:
            raise ApiError(401, "The access token is missing, invalid or expired.")
        if request.headers.getall("x-introspect-realm", []) != [app.realm]:
            raise ApiError(401, "The realm is missing or not the token's.")
        if not grant.account.registered_to_plan:
            raise ApiError(401, "Not registered to plan", _NOT_REGISTERED)
        return grant

    def _find_car(self, call: _Call) -> Car:
        car_id = call.request.match_info["id"]
        if car := next((car for car in call.account.cars if car.id == car_id), None):
            return car
        if any(car.id == car_id for car in self._world.cars.values()):
            raise ApiError(403, "This is not a vehicle of the user.")
        raise ApiError(404, "Vehicle not found.")

    def _find_callback(self, call: _Call) -> Callback:
        callback = self._world.callbacks.get(call.request.match_info["cbid"])
        if callback is None or not _owns(call, callback):
            raise ApiError(404, "Callback not found.")
        return callback

    async def _user(self, call: _Call) -> web.Response:
        return _answer(documents.user(call.account, self._world.oauth_origin))

    async def _vehicles(self, call: _Call) -> web.Response:
        prefix = call.request.query.get("vinPrefix", "")
        cars = [car for car in call.account.cars if car.vin.startswith(prefix)]
        return _answer_page(call, "vehicles", [self._describe(call, car) for car in cars])

    async def _vehicle(self, call: _Call) -> web.Response:
        return _answer(self._describe(call, self._find_car(call)))

    def _describe(self, call: _Call, car: Car) -> dict[str, Any]:
        return documents.vehicle(car, self._world.oauth_origin, *call.extensions)

    async def _status(self, call: _Call) -> web.Response:
        return _answer(documents.status(self._find_car(call), call.grant.scopes))

    async def _maintenance(self, call: _Call) -> web.Response:
        described = documents.maintenance(self._find_car(call))
        if described is None:
            raise ApiError(404, "Maintenance Not Found for Given Vehicle.")
        return _answer(described)

    async def _alerts(self, call: _Call) -> web.Response:
        car = self._find_car(call)
        alerts = [documents.alert(car, alert) for alert in reversed(car.alerts)]
        return _answer_page(call, "alerts", _in_time(call, alerts))

    async def _trips(self, call: _Call) -> web.Response:
        car = self._find_car(call)
        trips = [*car.trips, car.trip] if car.trip else car.trips
        described = [documents.trip(car, trip, call.grant.scopes) for trip in trips]
        return _answer_page(call, "trips", _in_time(call, described))

    async def _list_callbacks(self, call: _Call) -> web.Response:
        types = set(call.request.query.getall("types", []))
        callbacks = (one for one in self._world.callbacks.values() if _owns(call, one))
        wanted = [documents.callback(one) for one in callbacks if not types or types & set(one.types)]
        return _answer_page(call, "callbacks", wanted)

    async def _create_callback(self, call: _Call) -> web.Response:
        callback = Callback(
            id=_new_id(),
            account=call.account,
            client_id=call.grant.app.client_id,
            subscribe=call.body,
        )
        self._world.callbacks[callback.id] = callback
        return _answer(documents.callback_reference(callback))

    async def _read_callback(self, call: _Call) -> web.Response:
        return _answer(documents.callback(self._find_callback(call)))

    async def _replace_callback(self, call: _Call) -> web.Response:
        callback = self._find_callback(call)
        callback.subscribe = call.body
        return _answer(documents.callback_reference(callback), status=202)

    async def _delete_callback(self, call: _Call) -> web.Response:
        callback = self._find_callback(call)
        del self._world.callbacks[callback.id]
        self._world.deliverer.discard(callback)
        self._world.monitors.stop(*callback.monitors.values())
        callback.monitors.clear()
        return web.Response(status=204)

    async def _set_callback_status(self, call: _Call) -> web.Response:
        callback = self._find_callback(call)
        callback.status = call.body["status"]
        if callback.status != RUNNING:
            self._world.deliverer.discard(callback)
        return _answer(documents.callback_reference(callback), status=202)

    async def _list_remotes(self, call: _Call) -> web.Response:
        car, callback = self._find_car(call), self._find_callback(call)
        remotes = [documents.remote(one) for one in callback.remotes.values() if one.car is car]
        return _answer_page(call, "remoteActions", remotes)

    async def _read_remote(self, call: _Call) -> web.Response:
        car, callback = self._find_car(call), self._find_callback(call)
        remote = callback.remotes.get(call.request.match_info["rid"])
        if remote is None or remote.car is not car:
            raise ApiError(404, "Remote action not found.")
        return _answer(documents.remote(remote))

    async def _send_remote(self, call: _Call) -> web.Response:
        car, callback = self._find_car(call), self._find_callback(call)
        key, _ = contract.find_action(call.body)
        scope = KINDS[key].scope
        if scope and scope not in call.grant.scopes:
            raise ApiError(403, "The token has no scope for this remote.")
        if "Remote" not in callback.types:
            raise ApiError(400, "The callback is not for remotes.")
        remote = self._world.remotes.request(car, callback, call.body, _new_id())
        self._world.tasks.start(self._follow(remote, call.entry))
        await self._wait_for_messages(remote)
        reference = documents.remote_reference(remote, type_as_list=self._world.spelling == "tutorial")
        return _answer(reference, status=202)

    async def _list_monitors(self, call: _Call) -> web.Response:
        car, callback = self._find_car(call), self._find_callback(call)
        monitors = [documents.monitor(one) for one in callback.monitors.values() if one.car is car]
        return _answer_page(call, "monitors", monitors)

    async def _create_monitor(self, call: _Call) -> web.Response:
        car, callback = self._find_car(call), self._find_callback(call)
        if "Monitor" not in callback.types:
            raise ApiError(400, "The callback is not for monitors.")
        monitor = Monitor(id=_new_id(), car=car, callback=callback, plan=_read_plan(call), scopes=call.grant.scopes)
        callback.monitors[monitor.id] = monitor
        return self._restart(monitor)

    async def _read_monitor(self, call: _Call) -> web.Response:
        return _answer(documents.monitor(self._find_monitor(call)))

    async def _replace_monitor(self, call: _Call) -> web.Response:
        monitor = self._find_monitor(call)
        monitor.plan, monitor.scopes = _read_plan(call), call.grant.scopes
        return self._restart(monitor)

    async def _delete_monitor(self, call: _Call) -> web.Response:
        monitor = self._find_monitor(call)
        self._world.monitors.stop(monitor)
        del monitor.callback.monitors[monitor.id]
        return web.Response(status=204)

    async def _set_monitor_status(self, call: _Call) -> web.Response:
        monitor = self._find_monitor(call)
        monitor.status = call.body["status"]
        return self._restart(monitor)

    def _restart(self, monitor: Monitor) -> web.Response:
        monitor.updated_at = timestamp()
        self._world.monitors.start(monitor)
        return _answer(documents.monitor_reference(monitor), status=202)

    def _find_monitor(self, call: _Call) -> Monitor:
        car, callback = self._find_car(call), self._find_callback(call)
        monitor = callback.monitors.get(call.request.match_info["mid"])
        if monitor is None or monitor.car is not car:
            raise ApiError(404, "Monitor not found.")
        return monitor

    async def _follow(self, remote: Remote, entry: Request) -> None:
        """Begin once the request has been answered, unless messages are to come first."""
        world = self._world
        if not (world.message_first or world.end_first):
            await world.journal.changed.until(lambda: entry.answered)
        await world.remotes.follow(remote)

    async def _wait_for_messages(self, remote: Remote) -> None:
        world = self._world
        if world.end_first:
            await world.journal.changed.until(lambda: remote.ended and remote.messages[-1].settled)
        elif world.message_first:
            await world.journal.changed.until(lambda: any(message.settled for message in remote.messages))


def _answer(body: dict[str, Any], status: int = 200) -> web.Response:
    return web.json_response(body, status=status, content_type="application/hal+json")


def _answer_page(call: _Call, name: str, items: list[dict[str, Any]]) -> web.Response:
    body = documents.page(call.request.path.removeprefix(BASE), call.request.query, name, items)
    if body is None:
        raise ApiError(400, "The page token is not valid.")
    return _answer(body)


def _in_time(call: _Call, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what is not in the ranges of time that the query asks for, if it does."""
    spans = call.request.query.getall("timestamps", [])
    try:
        return [item for item in items if not spans or is_within(item["createdAt"], spans)]
    except (ValueError, OverflowError) as error:
        raise ApiError(400, str(error)) from error


def _read_plan(call: _Call) -> Plan:
    try:
        plan = Plan.parse(call.body)
    except (ValueError, OverflowError) as error:
        raise ApiError(400, str(error)) from error
    if missing := plan.scopes - set(call.grant.scopes):
        raise ApiError(403, f"The token lacks {', '.join(sorted(missing))}.")
    return plan


def _check(schema: Schema, instance: Any) -> None:
    if violation := contract.violation(schema, instance):
        raise ApiError(400, violation)


def _owns(call: _Call, callback: Callback) -> bool:
    return callback.account is call.account and callback.client_id == call.grant.app.client_id


def _new_id() -> str:
    return secrets.token_hex(16)
