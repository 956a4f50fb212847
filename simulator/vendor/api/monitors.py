"""Endpoints of monitors."""

from aiohttp import web

from simulator.base.clock import timestamp
from simulator.cars.car import Car
from simulator.push.monitors import Monitor, Plan
from simulator.vendor import contract, documents
from simulator.vendor.accounts import DATA_SCOPES

from .answers import ApiError
from .call import PAGING, VEHICLE, Call, Route, answer, answer_page, new_id

_MONITORS = f"{VEHICLE}/callbacks/{{cbid}}/monitors"
_MONITOR = f"{_MONITORS}/{{mid}}"

_MAX_MONITORS = 5


async def _list(call: Call) -> web.Response:
    car, callback = call.find_car(), call.find_callback()
    monitors = [documents.describe_monitor(one) for one in callback.monitors.values() if one.car is car]
    return answer_page(call, "monitors", monitors)


async def _create(call: Call) -> web.Response:
    car, callback = call.find_car(), call.find_callback()
    if "Monitor" not in callback.types:
        raise ApiError(400, "The callback is not for monitors.")
    if _count(call, car) >= _MAX_MONITORS:
        raise ApiError(400, f"A maximum of {_MAX_MONITORS} monitors can be associated to a vehicle, client ID, user.")
    monitor = Monitor(id=new_id(), car=car, callback=callback, plan=_parse_plan(call), scopes=call.grant.scopes)
    callback.monitors[monitor.id] = monitor
    return _restart(call, monitor)


def _count(call: Call, car: Car) -> int:
    """Count the monitors of a car that the app has made for the user, whichever callback they belong to."""
    callbacks = (callback for callback in call.world.callbacks.values() if call.owns(callback))
    return sum(monitor.car is car for callback in callbacks for monitor in callback.monitors.values())


async def _read(call: Call) -> web.Response:
    return answer(documents.describe_monitor(_find(call)))


async def _replace(call: Call) -> web.Response:
    monitor = _find(call)
    monitor.plan, monitor.scopes = _parse_plan(call), call.grant.scopes
    return _restart(call, monitor)


async def _delete(call: Call) -> web.Response:
    monitor = _find(call)
    call.world.monitors.stop(monitor)
    del call.find_callback().monitors[monitor.id]
    return web.Response(status=204)


async def _set_status(call: Call) -> web.Response:
    monitor = _find(call)
    monitor.status = call.body["status"]
    return _restart(call, monitor)


def _restart(call: Call, monitor: Monitor) -> web.Response:
    monitor.updated_at = timestamp()
    call.world.monitors.start(monitor)
    return answer(documents.monitor_reference(monitor), status=202)


def _find(call: Call) -> Monitor:
    car, callback = call.find_car(), call.find_callback()
    monitor = callback.monitors.get(call.request.match_info["mid"])
    if monitor is None or monitor.car is not car:
        raise ApiError(404, "Monitor not found.")
    return monitor


def _parse_plan(call: Call) -> Plan:
    call.check_attributes(call.find_callback(), call.body.get("subscribeParam", {}))
    try:
        plan = Plan.parse(call.body)
    except (ValueError, OverflowError) as error:
        raise ApiError(400, str(error)) from error
    if missing := plan.scopes - set(call.grant.scopes):
        raise ApiError(403, f"The token lacks {', '.join(sorted(missing))}.")
    return plan


ROUTES = (
    Route(method="GET", path=_MONITORS, handler=_list, scopes=DATA_SCOPES, query=PAGING),
    Route(
        method="POST",
        path=_MONITORS,
        handler=_create,
        scopes=DATA_SCOPES,
        body=lambda _spelling: contract.MONITOR,
    ),
    Route(method="GET", path=_MONITOR, handler=_read, scopes=DATA_SCOPES),
    Route(
        method="PUT",
        path=_MONITOR,
        handler=_replace,
        scopes=DATA_SCOPES,
        body=lambda _spelling: contract.MONITOR,
    ),
    Route(method="DELETE", path=_MONITOR, handler=_delete, scopes=DATA_SCOPES),
    Route(
        method="PUT",
        path=f"{_MONITOR}/status",
        handler=_set_status,
        scopes=DATA_SCOPES,
        body=lambda _spelling: contract.STATUS,
    ),
)
