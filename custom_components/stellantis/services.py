"""The actions that no entity of Home Assistant has."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from homeassistant.components.climate import DOMAIN as CLIMATE_DOMAIN
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID, ATTR_LATITUDE, ATTR_LOCATION, ATTR_LONGITUDE
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.service import async_register_platform_entity_service
from homeassistant.util import dt as dt_util

from .account import Account, StellantisConfigEntry
from .api.lenient import as_number
from .api.remotes import (
    Place,
    Remote,
    SendDestinations,
    SetChargingSchedule,
    SetPreconditioningPrograms,
    SoundHorn,
    SwitchLights,
)
from .api.status import DAYS, ChargingProgram, Program
from .api.vehicle import Capability
from .const import DOMAIN
from .coordinator import Requester, VehicleCoordinator
from .entity import StellantisEntity
from .history.trips import KeptTrip
from .schedules import DAY_NAMES, check_slot, existing, next_time, since_midnight, time_of_day
from .translate import translation

if TYPE_CHECKING:
    import probatio as vol  # since 2026.10 Home Assistant replaces voluptuous with it
else:
    import voluptuous as vol

ATTR_CHARGES: Final = "charges"
ATTR_DAYS: Final = "days"
ATTR_DESTINATIONS: Final = "destinations"
ATTR_DRIVER_APPROVAL: Final = "driver_approval"
ATTR_ENABLED: Final = "enabled"
ATTR_END: Final = "end"
ATTR_PROGRAMS: Final = "programs"
ATTR_RECURRING: Final = "recurring"
ATTR_SLOT: Final = "slot"
ATTR_START: Final = "start"
ATTR_TRIPS: Final = "trips"

MOST_DESTINATIONS: Final = 10

_DAYS: Final = vol.All(cv.ensure_list, [vol.All(vol.Lower, vol.In(DAY_NAMES))])
_PLACE: Final = {vol.Required(ATTR_LATITUDE): cv.latitude, vol.Required(ATTR_LONGITUDE): cv.longitude}
_DESTINATION: Final = vol.Any(
    cv.entity_id,
    vol.Schema(_PLACE),
    # As the form makes them.
    vol.All(vol.Schema({vol.Required(ATTR_ENTITY_ID): cv.entity_id}), lambda chosen: chosen[ATTR_ENTITY_ID]),
    vol.All(vol.Schema({vol.Required(ATTR_LOCATION): vol.Schema(_PLACE)}), lambda chosen: chosen[ATTR_LOCATION]),
)
_CHARGING_PROGRAM: Final = vol.Schema(
    {
        vol.Required(ATTR_START): cv.time,
        vol.Optional(ATTR_END): cv.time,
        vol.Optional(ATTR_DAYS, default=list(DAY_NAMES)): _DAYS,
        vol.Optional(ATTR_ENABLED, default=True): cv.boolean,
    }
)
_DEVICE: Final[dict[str | vol.Marker, Any]] = {vol.Required(ATTR_DEVICE_ID): cv.string}

type _ClimateService = Callable[[StellantisEntity, ServiceCall], Awaitable[ServiceResponse | None]]


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    climate_services: tuple[tuple[str, dict[str | vol.Marker, Any], _ClimateService, SupportsResponse], ...] = (
        (
            "set_preconditioning_program",
            {
                vol.Required(ATTR_SLOT): cv.positive_int,
                vol.Required(ATTR_START): cv.time,
                vol.Optional(ATTR_DAYS): _DAYS,
                vol.Optional(ATTR_ENABLED, default=True): cv.boolean,
                vol.Optional(ATTR_RECURRING, default=True): cv.boolean,
            },
            _async_set_program,
            SupportsResponse.NONE,
        ),
        (
            "delete_preconditioning_program",
            {vol.Required(ATTR_SLOT): cv.positive_int},
            _async_delete_program,
            SupportsResponse.NONE,
        ),
        ("get_preconditioning_programs", {}, _async_get_programs, SupportsResponse.ONLY),
    )
    for name, schema, func, response in climate_services:
        async_register_platform_entity_service(
            hass,
            DOMAIN,
            name,
            entity_domain=CLIMATE_DOMAIN,
            schema=schema,
            func=func,
            supports_response=response,
        )
    programs = {vol.Required(ATTR_PROGRAMS): [_CHARGING_PROGRAM]}
    navigation = {
        vol.Required(ATTR_DESTINATIONS): vol.All(cv.ensure_list, [_DESTINATION]),
        vol.Optional(ATTR_DRIVER_APPROVAL): cv.boolean,
    }
    register = hass.services.async_register
    register(DOMAIN, "set_charging_schedule", _async_set_schedule, vol.Schema({**_DEVICE, **programs}))
    register(
        DOMAIN,
        "get_charging_schedule",
        _async_get_schedule,
        vol.Schema(_DEVICE),
        supports_response=SupportsResponse.ONLY,
    )
    span = {vol.Optional(ATTR_START): cv.datetime, vol.Optional(ATTR_END): cv.datetime}
    register(
        DOMAIN,
        "get_charges",
        _async_get_charges,
        vol.Schema({**_DEVICE, **span}),
        supports_response=SupportsResponse.ONLY,
    )
    register(
        DOMAIN,
        "get_trips",
        _async_get_trips,
        vol.Schema({**_DEVICE, **span}),
        supports_response=SupportsResponse.ONLY,
    )
    register(DOMAIN, "send_navigation", _async_send_navigation, vol.Schema({**_DEVICE, **navigation}))
    register(DOMAIN, "stop_signals", _async_stop_signals, vol.Schema(_DEVICE))


async def _async_set_program(climate: StellantisEntity, call: ServiceCall) -> None:
    data = call.data
    check_slot(climate.coordinator, data[ATTR_SLOT])
    program = Program(
        slot=data[ATTR_SLOT],
        start=since_midnight(data[ATTR_START]),
        days=_program_days(data),
        enabled=data[ATTR_ENABLED],
        recurring=data[ATTR_RECURRING],
    )
    await climate.async_send(SetPreconditioningPrograms(programs=(program,)))


async def _async_delete_program(climate: StellantisEntity, call: ServiceCall) -> None:
    slot = existing(climate.coordinator, call.data[ATTR_SLOT]).slot
    await climate.async_send(SetPreconditioningPrograms(deleted=(slot,)))


async def _async_get_programs(climate: StellantisEntity, _call: ServiceCall) -> ServiceResponse:
    return {
        ATTR_PROGRAMS: [
            {
                ATTR_SLOT: program.slot,
                ATTR_START: time_of_day(program.start).isoformat(),
                ATTR_DAYS: [day.lower() for day in program.days],
                ATTR_ENABLED: program.enabled,
                ATTR_RECURRING: program.recurring,
            }
            for program in climate.coordinator.programs
        ]
    }


async def _async_set_schedule(call: ServiceCall) -> None:
    car = _charging_car(call)
    programs = tuple(_charging_program(program) for program in call.data[ATTR_PROGRAMS])
    slots = car.vehicle.charging_slots
    if len(programs) > slots:
        raise ServiceValidationError(
            **translation("too_many_charging_programs", car=car.vehicle.name, slots=str(slots))
        )
    await _async_send(car, call, SetChargingSchedule(programs))


async def _async_get_schedule(call: ServiceCall) -> ServiceResponse:
    charging = _charging_car(call).data.charging
    return {
        ATTR_PROGRAMS: [
            {
                ATTR_START: time_of_day(program.start).isoformat(),
                ATTR_END: None if program.end is None else time_of_day(program.end).isoformat(),
                ATTR_DAYS: [day.lower() for day in program.days],
                ATTR_ENABLED: program.enabled,
            }
            for program in (charging and charging.programs) or ()
        ]
    }


async def _async_get_charges(call: ServiceCall) -> ServiceResponse:
    car = _car(call)
    account: Account = car.config_entry.runtime_data
    start, end = _span(call)
    return {ATTR_CHARGES: [*account.charges[car.vehicle.vin].charges(start, end)]}


async def _async_get_trips(call: ServiceCall) -> ServiceResponse:
    car = _car(call)
    account: Account = car.config_entry.runtime_data
    start, end = _span(call)
    return {
        ATTR_TRIPS: [
            _trip(trip)
            for trip in reversed(account.trips[car.vehicle.vin].all)
            if (start is None or trip.started_at >= start) and (end is None or trip.started_at < end)
        ]
    }


def _span(call: ServiceCall) -> tuple[datetime | None, datetime | None]:
    """Return the two ends of a time that is asked for. One without a zone is of Home Assistant's."""
    start, end = (dt_util.as_utc(call.data[key]) if key in call.data else None for key in (ATTR_START, ATTR_END))
    return start, end


def _trip(trip: KeptTrip) -> dict[str, Any]:
    """Describe a trip in km, seconds, kWh, litres and km/h; what is not known is None."""
    return {
        "started_at": dt_util.as_local(trip.started_at).isoformat(),
        "ended_at": dt_util.as_local(trip.ended_at).isoformat(),
        "distance": trip.distance,
        "duration": None if trip.duration is None else round(trip.duration.total_seconds()),
        "electricity": trip.electricity,
        "fuel": trip.fuel,
        "average_speed": None if trip.average_speed is None else round(trip.average_speed, 1),
        "from": trip.zone_from,
        "to": trip.zone_to,
        "faults": [{"fault": fault.fault, "cause": fault.cause} for fault in trip.faults],
    }


async def _async_send_navigation(call: ServiceCall) -> None:
    car = _car(call)
    if Capability.NAVIGATION not in car.vehicle.capabilities:
        raise ServiceValidationError(**translation("no_navigation", car=car.vehicle.name))
    destinations = call.data[ATTR_DESTINATIONS]
    if not 1 <= len(destinations) <= MOST_DESTINATIONS:
        raise ServiceValidationError(**translation("destinations", most=str(MOST_DESTINATIONS)))
    places = tuple(_place(call.hass, destination) for destination in destinations)
    await _async_send(car, call, SendDestinations(places, call.data.get(ATTR_DRIVER_APPROVAL)))


async def _async_stop_signals(call: ServiceCall) -> None:
    """Stop the horn and the lights. If one cannot be stopped, still try the other."""
    car = _car(call)
    signals = {Capability.HORN: SoundHorn(on=False), Capability.LIGHTS: SwitchLights(on=False)}
    remotes = [remote for capability, remote in signals.items() if capability in car.vehicle.capabilities]
    if not remotes:
        raise ServiceValidationError(**translation("no_signals", car=car.vehicle.name))
    failures: list[HomeAssistantError] = []
    for remote in remotes:
        try:
            await _async_send(car, call, remote)
        except HomeAssistantError as err:
            failures.append(err)
    match failures:
        case [failure]:
            raise failure
        case [first, second]:
            raise HomeAssistantError(**translation("two_failures", first=str(first), second=str(second)))


def _car(call: ServiceCall) -> VehicleCoordinator:
    """Return the car that is named by its device. Raises a ServiceValidationError if it cannot be used."""
    device = dr.async_get(call.hass).async_get(call.data[ATTR_DEVICE_ID])
    entries: list[StellantisConfigEntry] = call.hass.config_entries.async_entries(DOMAIN)
    for entry in entries:
        if device is None or entry.entry_id != device.config_entry_id:
            continue
        if entry.state is not ConfigEntryState.LOADED:
            raise ServiceValidationError(**translation("account_not_loaded", account=entry.title))
        account: Account = entry.runtime_data
        for _, vin in device.identifiers:
            if car := account.cars.get(vin):
                return car
    raise ServiceValidationError(**translation("not_a_car", device=call.data[ATTR_DEVICE_ID]))


def _charging_car(call: ServiceCall) -> VehicleCoordinator:
    car = _car(call)
    if Capability.CHARGING_SCHEDULE not in car.vehicle.capabilities:
        raise ServiceValidationError(**translation("no_charging_schedule", car=car.vehicle.name))
    return car


async def _async_send(car: VehicleCoordinator, call: ServiceCall, remote: Remote) -> None:
    await car.config_entry.runtime_data.commands.async_send(car, remote, Requester(context=call.context))


def _program_days(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the days of a program. By default it is every day, or the next day for a program that does not recur."""
    if ATTR_DAYS not in data:
        return DAYS if data[ATTR_RECURRING] else (DAYS[next_time(data[ATTR_START], dt_util.now()).weekday()],)
    days = _days(data[ATTR_DAYS])
    if not data[ATTR_RECURRING] and len(days) > 1:
        raise ServiceValidationError(**translation("program_one_day"))
    return days


def _charging_program(program: Mapping[str, Any]) -> ChargingProgram:
    start, end = since_midnight(program[ATTR_START]), program.get(ATTR_END)
    ends = None if end is None else since_midnight(end)
    if ends == start:
        raise ServiceValidationError(**translation("charging_program_empty"))
    return ChargingProgram(start=start, end=ends, days=_days(program[ATTR_DAYS]), enabled=program[ATTR_ENABLED])


def _days(names: list[str]) -> tuple[str, ...]:
    if not names:
        raise ServiceValidationError(**translation("program_no_day"))
    return tuple(day for day in DAYS if day.lower() in names)


def _place(hass: HomeAssistant, destination: str | Mapping[str, float]) -> Place:
    """Return where a destination is. Raises a ServiceValidationError for an entity without a position."""
    if not isinstance(destination, str):
        return Place(latitude=destination[ATTR_LATITUDE], longitude=destination[ATTR_LONGITUDE])
    if (state := hass.states.get(destination)) is None:
        raise ServiceValidationError(**translation("destination_unknown", entity=destination))
    latitude, longitude = (as_number(state.attributes.get(key)) for key in (ATTR_LATITUDE, ATTR_LONGITUDE))
    if latitude is None or longitude is None:
        raise ServiceValidationError(**translation("destination_without_position", entity=destination))
    return Place(latitude=latitude, longitude=longitude)
