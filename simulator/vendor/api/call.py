"""What the endpoints of the API share: an accepted request, a route, and the two shapes of an answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
import secrets
from typing import Any

from aiohttp import web

from simulator.base.journal import ENTRY, Request
from simulator.cars.car import Car
from simulator.vendor.accounts import SCOPES, Account, Grant
from simulator.vendor.callback import Callback
from simulator.vendor.contract import Schema, Spelling
from simulator.vendor.pages import make_page
from simulator.vendor.world import World

from .answers import ApiError

BASE = "/connectedcar/v4"

VEHICLE = "/user/vehicles/{id}"
PAGING = ("indexRange", "pageSize", "pageToken")


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request with a valid token, query and body."""

    world: World
    request: web.Request
    grant: Grant
    body: Any

    @property
    def account(self) -> Account:
        """The account of the token."""
        return self.grant.account

    @property
    def entry(self) -> Request:
        """The request's entry in the journal."""
        return self.request[ENTRY]

    def find_car(self) -> Car:
        """Return the car in the path: 403 if it belongs to another account, 404 if there is none."""
        car_id = self.request.match_info["id"]
        if car := next((car for car in self.account.cars if car.id == car_id), None):
            return car
        if any(car.id == car_id for car in self.world.cars.values()):
            raise ApiError(403, "This is not a vehicle of the user.")
        raise ApiError(404, "Vehicle not found.")

    def find_callback(self) -> Callback:
        """Return the callback in the path: 404 if there is none, or if another account or app owns it."""
        callback = self.world.callbacks.get(self.request.match_info["cbid"])
        if callback is None or not self.owns(callback):
            raise ApiError(404, "Callback not found.")
        return callback

    def check_attributes(self, callback: Callback, parameters: dict[str, Any]) -> None:
        """Raise 400 if the `callbackAttributes` of a remote or a monitor are for another kind of callback."""
        if not callback.accepts(parameters.get("callbackAttributes", {})):
            raise ApiError(400, "The callback attributes are not for this kind of callback.")

    def owns(self, callback: Callback) -> bool:
        """Tell whether a callback belongs to the account and the app of the token."""
        return callback.account is self.account and callback.client_id == self.grant.app.client_id


@dataclass(frozen=True, kw_only=True)
class Route:
    """An endpoint. The token needs one of the scopes. `query` are the parameters allowed, `body` makes the schema."""

    method: str
    path: str
    handler: Callable[[Call], Awaitable[web.Response]]
    scopes: tuple[str, ...] = SCOPES
    query: tuple[str, ...] = ()
    body: Callable[[Spelling], Schema] | None = None


def answer(body: dict[str, Any], status: int = 200) -> web.Response:
    """Answer with a HAL document."""
    return web.json_response(body, status=status, content_type="application/hal+json")


def answer_page(call: Call, name: str, items: list[dict[str, Any]]) -> web.Response:
    """Answer with the page of a collection that the query chooses."""
    body = make_page(call.request.path.removeprefix(BASE), call.request.query, name, items)
    if body is None:
        raise ApiError(400, "The page token is not valid.")
    return answer(body)


def new_id() -> str:
    """Make an id for a callback, a remote or a monitor."""
    return secrets.token_hex(16)
