"""The page `/garage`: the state of the cars, and buttons for what people do to them."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiohttp import web

from simulator.base import words
from simulator.cars.car import Car
from simulator.vendor.accounts import Account
from simulator.vendor.faults import Fault
from simulator.vendor.world import World

from .acts import ACTS, controls
from .foresight import foresee

PATH = "/garage"

_HTML = Path(__file__).with_name("garage.html")

# What `POST /garage/vendor/answers?value=` takes: how the API and the identity provider answer.
_NORMALLY, _SLOWLY, _NOT = "normally", "slowly", "not"
_TROUBLES = {_SLOWLY: Fault(times=None, delay=5.0), _NOT: Fault(times=None, status=503)}


class Page:
    """The routes of the page."""

    def __init__(self, world: World) -> None:
        self._world = world

    def application(self) -> web.Application:
        """Make the server."""
        application = web.Application()
        application.router.add_get(PATH, self._show)
        application.router.add_get(f"{PATH}/cars", self._cars)
        application.router.add_post(f"{PATH}/vendor/answers", self._answer)
        application.router.add_post(f"{PATH}/{{car}}/revoke", self._revoke)
        application.router.add_post(f"{PATH}/{{car}}/{{action}}", self._act)
        return application

    async def _show(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(_HTML)

    async def _cars(self, _request: web.Request) -> web.Response:
        cars = [
            _describe(car) | {"account": account.name} | self._foresee(car)
            for account in self._world.accounts.values()
            for car in account.cars
        ]
        faults = self._world.faults
        return web.json_response(
            {
                "cars": cars,
                "accounts": [self._describe_account(account) for account in self._world.accounts.values()],
                "answers": next((word for word, fault in _TROUBLES.items() if fault in faults), _NORMALLY),
                "remarks": self._world.remarks,
                "alerts": words.ALERTS,
                "breakIns": words.BREAK_INS[1:],
                "impactSides": words.IMPACT_SIDES,
            }
        )

    def _foresee(self, car: Car) -> dict[str, Any]:
        """Tell what each control of a car would change, and whether a message may tell of it."""
        monitors = self._world.monitors.watching(car)
        effects = {
            f"{act} {value}".strip(): asdict(foresee(car, ACTS[act], value, monitors)) for act, value in controls(car)
        }
        return {"effects": effects, "watched": bool(monitors)}

    def _describe_account(self, account: Account) -> dict[str, Any]:
        return {
            "name": account.name,
            "email": account.email,
            "allowed": self._world.grants.allows(account),
            "followed": any(callback.account is account for callback in self._world.callbacks.values()),
        }

    async def _act(self, request: web.Request) -> web.Response:
        _check_origin(request)
        car = self._world.cars.get(request.match_info["car"])
        action = ACTS.get(request.match_info["action"])
        if car is None or action is None:
            raise web.HTTPNotFound
        try:
            action(self._world.garage, car, request.query.get("value", ""))
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        return web.Response(status=204)

    async def _answer(self, request: web.Request) -> web.Response:
        """Have the vendor answer normally, slowly or not at all."""
        _check_origin(request)
        wanted = request.query.get("value", "")
        if wanted not in {_NORMALLY, *_TROUBLES}:
            raise web.HTTPBadRequest(text=f"{wanted} is none of {', '.join((_NORMALLY, *_TROUBLES))}.")
        for word, fault in _TROUBLES.items():
            self._world.faults.remove(fault)
            if word == wanted:
                self._world.faults.add(fault)
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
