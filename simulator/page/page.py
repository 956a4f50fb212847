"""The page `/garage`: the state of the cars, and buttons for what people do to them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from simulator.base import words
from simulator.cars.car import Car
from simulator.cars.garage import Garage
from simulator.vendor.world import World

PATH = "/garage"

_HTML = Path(__file__).with_name("garage.html")

type _Act = Callable[[Garage, Car, str], object]


def _clear_alerts(garage: Garage, car: Car, alert_id: str) -> None:
    """End one alert of the car, all of them if the id is empty."""
    for alert in car.active_alerts:
        if alert_id in {"", alert.id}:
            garage.clear_alert(car, alert)


# By the last part of the path. The query parameter `value` names the door, seat, alert or state.
_ACTIONS: dict[str, _Act] = {
    "lock": lambda garage, car, _value: garage.lock(car),
    "unlock": lambda garage, car, _value: garage.unlock(car),
    "open": lambda garage, car, value: garage.open(car, value),
    "close": lambda garage, car, value: garage.close(car, value),
    "plug-in": lambda garage, car, _value: garage.plug_in(car),
    "unplug": lambda garage, car, _value: garage.unplug(car),
    "start-charging": lambda garage, car, _value: garage.start_charging(car),
    "stop-charging": lambda garage, car, _value: garage.stop_charging(car),
    "drive-off": lambda garage, car, _value: garage.drive_off(car),
    "park": lambda garage, car, _value: garage.park(car),
    "raise-alert": lambda garage, car, value: garage.raise_alert(car, value or "FuelLevelLow"),
    "clear-alert": _clear_alerts,
    "collide": lambda garage, car, value: garage.collide(car, value or "Front"),
    "end-emergency": lambda garage, car, _value: garage.end_emergency(car),
    "privacy": lambda garage, car, value: garage.set_privacy(car, value),
    "fasten-belt": lambda garage, car, value: garage.fasten_belt(car, value),
    "unfasten-belt": lambda garage, car, value: garage.unfasten_belt(car, value),
    "break-in": lambda garage, car, value: garage.break_in(car, value or "VolumetricBreakIn"),
    "precondition": lambda garage, car, value: garage.precondition(car, on=value == "on"),
}


class Page:
    """The routes of the page."""

    def __init__(self, world: World) -> None:
        self._world = world

    def application(self) -> web.Application:
        """Make the server."""
        application = web.Application()
        application.router.add_get(PATH, self._show)
        application.router.add_get(f"{PATH}/cars", self._cars)
        application.router.add_post(f"{PATH}/{{car}}/revoke", self._revoke)
        application.router.add_post(f"{PATH}/{{car}}/{{action}}", self._act)
        return application

    async def _show(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(_HTML)

    async def _cars(self, _request: web.Request) -> web.Response:
        owners = {car: account.name for account in self._world.accounts.values() for car in account.cars}
        cars = [_describe(car) | {"account": owner} for car, owner in owners.items()]
        lists = {"alerts": words.ALERTS, "breakIns": words.BREAK_INS[1:], "impactSides": words.IMPACT_SIDES}
        return web.json_response({"cars": cars, **lists})

    async def _act(self, request: web.Request) -> web.Response:
        _check_origin(request)
        car = self._world.cars.get(request.match_info["car"])
        action = _ACTIONS.get(request.match_info["action"])
        if car is None or action is None:
            raise web.HTTPNotFound
        try:
            action(self._world.garage, car, request.query.get("value", ""))
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        return web.Response(status=204)

    async def _revoke(self, request: web.Request) -> web.Response:
        """Forget every sign-in of the car's account, so that its owner has to sign in again."""
        _check_origin(request)
        car = self._world.cars.get(request.match_info["car"])
        owners = [account.name for account in self._world.accounts.values() if car in account.cars]
        if not owners:
            raise web.HTTPNotFound
        for owner in owners:
            self._world.revoke_tokens(owner)
        return web.Response(status=204)


def _check_origin(request: web.Request) -> None:
    """Refuse requests of other sites (CSRF), even from a host name that resolves to this machine (DNS rebinding)."""
    port = request.url.port
    own = {f"http://{host}:{port}" for host in ("127.0.0.1", "localhost")}
    if request.headers.get("Origin") not in {None, *own}:
        raise web.HTTPForbidden


def _describe(car: Car) -> dict[str, Any]:
    return {
        "name": car.name,
        "title": f"{car.brand} {car.label}",
        "color": car.color,
        "asleep": car.asleep or car.deep_sleep,
        "locked": car.locked,
        "openings": {opening: opening in car.open_doors for opening in car.openings},
        "unfastened": sorted(car.unfastened),
        "emergencyCall": car.emergency_call,
        "collisions": len(car.collisions),
        "alarm": car.break_in.type if car.break_in else None,
        "level": car.battery_level,
        "fuel": car.fuel_level,
        "plugged": car.plugged,
        "charging": car.charging_status,
        "chargingLevel": car.charging_level,
        "chargingType": car.charging_type,
        "chargingPrograms": car.charging_programs,
        "preconditioning": car.preconditioning,
        "programs": [program for _, program in sorted(car.programs.items())],
        "moving": car.running,
        "speed": car.speed,
        "mileage": car.mileage,
        "position": car.position,
        "destinations": car.destinations,
        "lights": car.lights,
        "honking": car.honking,
        "immobilized": car.immobilized,
        "stolen": bool(car.stolen),
        "privacy": car.privacy,
        "alerts": [{"id": alert.id, "type": alert.type} for alert in car.active_alerts],
    }
