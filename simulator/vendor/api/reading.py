"""Endpoints that read the account and its cars."""

from typing import Any

from aiohttp import web

from simulator.base.links import make_links
from simulator.base.spans import is_within
from simulator.cars import documents
from simulator.cars.car import Car
from simulator.vendor.accounts import DATA_SCOPES
from simulator.vendor.documents import describe_user

from .answers import ApiError
from .call import PAGING, VEHICLE, Call, Route, answer, answer_page

_LOCALIZED = ("locale", "country", "extension")


async def _read_user(call: Call) -> web.Response:
    return answer(describe_user(call.account, call.world.oauth_origin))


async def _list_vehicles(call: Call) -> web.Response:
    _check_extensions(call)
    if call.account.forgetful:
        return _answer_forgetfully(call)
    prefix = call.request.query.get("vinPrefix", "")
    cars = [car for car in call.account.listed_cars if car.vin.startswith(prefix)]
    return answer_page(call, "vehicles", [_describe(call, car) for car in cars])


def _check_extensions(call: Call) -> None:
    """Refuse extensions that do not work, as the vendor does."""
    asked = call.request.query.getall("extension", [])
    if len(asked) > call.world.extension_limit:
        raise ApiError(400, "Too many extensions.")
    for name, status in call.world.broken_extensions.items():
        if name in asked:
            raise ApiError(status, "The extension could not be read.")


def _answer_forgetfully(call: Call) -> web.Response:
    """Answer the list of cars as the vendor does while it knows none of the account's."""
    page = {"_links": make_links(self="/user/vehicles?pageToken=0"), "total": 0, "totalPage": 0, "currentPage": 1}
    match call.account.forgetful:
        case "not_found":
            raise ApiError(404, "No vehicle found")
        case "no_content":
            return web.Response(status=204)
        case "empty":
            return answer(page | {"_embedded": {}})
        case "null":
            return answer(page | {"_embedded": {"vehicles": None}})
        case _:
            return answer(page)


async def _read_vehicle(call: Call) -> web.Response:
    return answer(_describe(call, call.find_car()))


def _describe(call: Call, car: Car) -> dict[str, Any]:
    extensions = call.request.query.getall("extension", [])
    return documents.describe_vehicle(car, call.world.oauth_origin, *extensions)


async def _read_status(call: Call) -> web.Response:
    return answer(documents.describe_status(call.find_car(), call.grant.scopes))


async def _read_maintenance(call: Call) -> web.Response:
    described = documents.describe_maintenance(call.find_car())
    if described is None:
        raise ApiError(404, "Maintenance Not Found for Given Vehicle.")
    return answer(described)


async def _list_alerts(call: Call) -> web.Response:
    car = call.find_car()
    alerts = [documents.describe_alert(car, alert) for alert in reversed(car.alerts)]
    return answer_page(call, "alerts", _filter_by_time(call, alerts))


async def _list_collisions(call: Call) -> web.Response:
    car = call.find_car()
    collisions = [documents.describe_collision(car, collision) for collision in reversed(car.collisions)]
    # The one collection whose name the OpenAPI file writes with a capital letter.
    return answer_page(call, "Collisions", _filter_by_time(call, collisions))


async def _read_collision(call: Call) -> web.Response:
    car, wanted = call.find_car(), call.request.match_info["cid"]
    found = next((collision for collision in car.collisions if collision.id == wanted), None)
    if found is None:
        raise ApiError(404, "Collision Not Found for Given Vehicle.")
    return answer(documents.describe_collision(car, found))


async def _list_trips(call: Call) -> web.Response:
    car = call.find_car()
    trips = [*car.trips, car.trip] if car.trip else car.trips
    described = [documents.describe_trip(car, trip, call.grant.scopes) for trip in trips]
    return answer_page(call, "trips", _filter_by_time(call, described))


def _filter_by_time(call: Call, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep the items that were created in one of the query's `timestamps`; all items if it has none."""
    spans = call.request.query.getall("timestamps", [])
    try:
        return [item for item in items if not spans or is_within(item["createdAt"], spans)]
    except (ValueError, OverflowError) as error:
        raise ApiError(400, str(error)) from error


ROUTES = (
    Route(method="GET", path="/user", handler=_read_user, query=("country",)),
    Route(method="GET", path="/user/vehicles", handler=_list_vehicles, query=(*PAGING, *_LOCALIZED, "vinPrefix")),
    Route(method="GET", path=VEHICLE, handler=_read_vehicle, query=_LOCALIZED),
    Route(method="GET", path=f"{VEHICLE}/status", handler=_read_status, scopes=DATA_SCOPES[:2]),
    Route(method="GET", path=f"{VEHICLE}/maintenance", handler=_read_maintenance, scopes=("data:telemetry",)),
    Route(
        method="GET",
        path=f"{VEHICLE}/alerts",
        handler=_list_alerts,
        scopes=("data:alert",),
        query=("timestamps", *PAGING),
    ),
    Route(
        method="GET",
        path=f"{VEHICLE}/collisions",
        handler=_list_collisions,
        scopes=("data:collision",),
        query=("timestamps", *PAGING),
    ),
    Route(
        method="GET",
        path=f"{VEHICLE}/collisions/{{cid}}",
        handler=_read_collision,
        scopes=("data:collision",),
    ),
    Route(
        method="GET",
        path=f"{VEHICLE}/trips",
        handler=_list_trips,
        scopes=("data:trip",),
        query=("timestamps", *PAGING),
    ),
)
