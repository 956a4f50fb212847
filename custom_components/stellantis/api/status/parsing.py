"""Read the blocks of a status out of what the vendor sends (docs/vendor-api.md, "Reading").

A missing or unreadable value costs that value only. Many values have an older name beside the current one: the newer
name counts if its value can be read.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache, partial
import re
from typing import Any, Final, NamedTuple

from ..lenient import (
    CLOCK_AHEAD,
    as_bool,
    as_list,
    as_number,
    as_object,
    as_objects,
    as_text,
    parse_date,
    parse_duration,
)
from ..levels import contradicts
from ..trips import TripRecord, read_point, read_trip
from ..words import slug
from .model import (
    DAYS,
    DOORS_UNLOCKED,
    EARLIEST,
    SLOTS,
    Air,
    Alarm,
    Alert,
    Alerts,
    AuxiliaryBattery,
    Battery,
    Belts,
    Block,
    Charging,
    ChargingProgram,
    ChargingStatus,
    DatedValues,
    Daylight,
    Doors,
    DrivingMode,
    EmergencyCall,
    Engine,
    Fuel,
    Ignition,
    Kinetic,
    Lighting,
    Maintenance,
    Motorization,
    Odometer,
    Position,
    Powertrain,
    Preconditioning,
    PreconditioningStatus,
    Privacy,
    Program,
    Service,
    Switched,
    Transmission,
    Trip,
    Wipers,
)

type Json = Mapping[str, Any]

# Far more than any car has: they become attributes, of which Home Assistant's recorder keeps 16 KB.
_MAX_ALERTS: Final = 120
_MAX_PROGRAMS: Final = 100
_DAY: Final = timedelta(days=1)

_percent: Final = partial(as_number, least=0, most=100)
_not_negative: Final = partial(as_number, least=0)
# Cars report 215 for a sensor that they do not have.
_temperature: Final = partial(as_number, least=-60, most=80)
_speed: Final = partial(as_number, least=0, most=400)
_rate: Final = partial(as_number, least=0, most=500)
_acceleration: Final = partial(as_number, least=-50, most=50)
_revolutions: Final = partial(as_number, least=0, most=12000)
# Cars send one byte, in °C above -40: its ends, -40 and 215, stand for a sensor that they do not have.
_engine_temperature: Final = partial(as_number, least=-39, most=200)
_consumption: Final = partial(as_number, least=0, most=100)


_date: Final = partial(parse_date, ahead=CLOCK_AHEAD)


def read_date(*blocks: Json) -> datetime | None:
    """Read the newest date of these blocks: some cars stop updating one of `createdAt` and `updatedAt`."""
    texts = [text for block in blocks for key in ("createdAt", "updatedAt") if (text := block.get(key))]
    return max([date for text in texts if (date := _date(text))], default=None)


class Reading(NamedTuple):
    """What was read: the blocks that may say something new, and whether there was anything that can be read."""

    blocks: Mapping[str, Block]
    readable: bool


class StatusReader:
    """Reads the statuses of one car: what says the same as the last time has been read.

    `motorization` is the car's: electric cars list a fuel energy that they do not have.
    """

    def __init__(self, motorization: str | None) -> None:
        """Start without anything that was read."""
        self.motorization = motorization
        self._said: dict[str, Any] = {}
        self._found: dict[str, bool] = {}
        self._undated: dict[str, datetime] = {}

    def read(self, status: Json, at: datetime) -> Reading:
        """Read a status, or a part of one; a block in it without a date of its own is from this time."""
        at = read_date(status) or at
        said = {key: value for key, value in status.items() if key in _PARTS_OF}
        changed = [key for key, value in said.items() if value != self._said.get(key)]
        parts = {part: None for key in changed for part in _PARTS_OF[key]}
        parts |= {
            part: None
            for part, date in self._undated.items()
            if date != at and not said.keys().isdisjoint(_PARTS[part][0])
        }
        motorization = self.motorization or _motorization(status)
        blocks: dict[str, Block] = {}
        for part in parts:
            found = {
                name: block for name, block in _PARTS[part][1](status, motorization, at).items() if block is not None
            }
            self._found[part] = bool(found)
            if any(_has_date(block, at) for block in found.values()):
                self._undated[part] = at
            else:
                self._undated.pop(part, None)
            blocks |= found
        self._said |= said
        return Reading(blocks, any(self.has_found(part) for key in said for part in _PARTS_OF[key]))

    def has_found(self, part: str) -> bool:
        """Tell whether the car has reported this part of a status."""
        return self._found.get(part, False)


def _has_date(block: Block, at: datetime) -> bool:
    """Tell whether a value has this date. A date of its own is another object."""
    return block.at is at or any(date is at for date in block.earlier.values())


def _motorization(status: Json) -> str | None:
    service = as_text(as_object(status.get("service")).get("type"))
    return service if service in {Motorization.ELECTRIC, Motorization.HYBRID} else None


def _first[T](read: Callable[[Any], T | None], candidates: Iterable[object]) -> T | None:
    return next((value for candidate in candidates if (value := read(candidate)) is not None), None)


def _positive(value: object) -> float | None:
    return as_number(value, least=0) or None


def _word[T](meanings: Mapping[str, T], value: object) -> T | None:
    return meanings.get(value.strip()) if isinstance(value, str) else None


def _dated(values: Mapping[str, object], at: datetime) -> DatedValues:
    return {name: (value, at) for name, value in values.items() if value is not None}


def _speaking(blocks: Iterable[Json], known: type[StrEnum]) -> Json:
    """Return the first block with a status that is known, else the first with any word for a status."""
    speaking = [block for block in blocks if as_text(block.get("status"))]
    return next((block for block in speaking if as_text(block["status"]) in list(known)), next(iter(speaking), {}))


# Energies: a car has none, one or two.

_CENTILITRES: Final = 100
_ENERGY_DIFFERS: Final = 30
"""How many percent the energy of a battery may differ from its level: some cars report 4 kWh of 33 at 43 %."""


def _energies(status: Json, motorization: str | None, at: datetime) -> dict[str, Block | None]:
    """Read the newer form (`energies`) before the older (`energy`)."""
    forms = [as_objects(status.get(key)) for key in ("energies", "energy")]
    fuels, electrics = (_newest_first([_of_type(kind, form) for form in forms]) for kind in ("Fuel", "Electric"))
    fuel = None
    if motorization != Motorization.ELECTRIC:
        fuel = _fuel(fuels, read_date(*fuels) or at, real=motorization is not None)
    if motorization == Motorization.THERMIC:
        return {"fuel": fuel}
    hybrid = motorization == Motorization.HYBRID or (motorization is None and fuel is not None)
    sources = [source for energy in electrics for source in (_extension(energy), energy)]
    batteries = [as_object(source.get("battery")) for source in sources]
    parts = [as_object(battery.get(key)) for battery in batteries for key in ("load", "health")]
    # One energy has both forms: some cars stop updating the date of `energies` for months although its values change.
    date = read_date(*electrics, *parts) or at
    return {
        "fuel": fuel,
        "battery": _battery(electrics, batteries, date, hybrid=hybrid),
        "charging": _charging([as_object(source.get("charging")) for source in sources], date),
    }


def _of_type(kind: str, energies: list[Json]) -> Json:
    """Return the energy of this type. Its place in the list means nothing, and cars list ones that they do not have."""
    return next((energy for energy in energies if as_text(energy.get("type")) == kind), {})


def _newest_first(forms: list[Json]) -> list[Json]:
    """Sort the newer and the older form of a block by their dates, if both have one."""
    dates = [read_date(form) or EARLIEST for form in forms]
    return sorted(forms, key=lambda form: read_date(form) or EARLIEST, reverse=True) if EARLIEST not in dates else forms


def _extension(energy: Json) -> Json:
    return as_object(as_object(energy.get("extension")).get("electric"))


def _fuel(energies: list[Json], at: datetime, *, real: bool) -> Fuel | None:
    """Read the fuel tank. Electric cars report one too, with no level or 0 %; ignore it."""
    level = _first(_percent, (energy.get("level") for energy in energies))
    reach = _first(_not_negative, (energy.get("autonomy") for energy in energies))
    if not real and (level is None or (level == 0 and not reach)):
        return None
    fuels = [
        as_object(as_object(energy.get("extension")).get("fuel"))
        for energy in energies
        if as_text(energy.get("subType")) != "Hydrogen"  # its consumption is in kg
    ]
    totals = [as_object(each.get("consumptions")) for each in fuels]
    used = _first(_positive, (total.get("total") for total in totals))
    instants = [
        *(total.get("instant") for total in totals),
        *(as_object(each.get("consumption")).get("consumption") for each in fuels),
    ]
    values = {
        "level": level,
        "range": reach,
        "used": None if used is None else used / _CENTILITRES,
        "consumption": _first(_consumption, instants),
    }
    return Fuel.of(_dated(values, at))


def _battery(energies: list[Json], batteries: list[Json], at: datetime, *, hybrid: bool) -> Battery | None:
    loads, healths = ([as_object(battery.get(key)) for battery in batteries] for key in ("load", "health"))
    capacities = [each.get("capacity") for pair in zip(loads, batteries, strict=True) for each in pair]
    level = _first(_percent, (energy.get("level") for energy in energies))
    reach = _first(_not_negative, (energy.get("autonomy") for energy in energies))
    capacity, energy = _first(_positive, capacities), _first(_positive, (load.get("residual") for load in loads))
    loaded, checked = (read_date(*each) or at for each in (loads, healths))
    dated = {
        **_dated({"level": level, "range": reach}, at),
        **_dated({"capacity": capacity, "energy": energy}, loaded),
        **_dated({"health": _health(healths, hybrid=hybrid)}, checked),
    }
    if level is not None and capacity and energy and abs(energy / capacity * 100 - level) > _ENERGY_DIFFERS:
        dated["energy"] = None, loaded
    if level is not None and reach is not None and contradicts(level, reach):
        dated["level"] = None, at  # not the level before that either
    return Battery.of(dated)


def _health(healths: list[Json], *, hybrid: bool) -> float | None:
    """Read the state of health. In an electric car it is `capacity` or `resistance`, depending on the model."""
    if hybrid:
        return _first(partial(as_number, least=1, most=100), (health.get("capacity") for health in healths))
    plausible = partial(as_number, least=50, most=100)
    return _first(plausible, (health.get(key) for key in ("capacity", "resistance") for health in healths))


def _charging(blocks: list[Json], at: datetime) -> Charging | None:
    def first[T](read: Callable[[Any], T | None], key: str) -> T | None:
        return _first(read, (block.get(key) for block in blocks))

    delay = first(_delay, "nextDelayedTime")
    values = {
        "status": as_text(_speaking(blocks, ChargingStatus).get("status")),
        "plugged": first(as_bool, "plugged"),
        "remaining": first(parse_duration, "remainingTime"),
        "rate": first(_rate, "chargingRate"),
        "mode": first(as_text, "chargingMode"),
        "power_level": first(as_text, "chargingPowerLevel"),
        "type": first(as_text, "type"),
        "programs": _first(_charging_programs, (as_object(block.get("schedule")).get("programs") for block in blocks)),
    }
    dated = dict(_dated(values, at))
    if delay is not None:
        dated["delayed_start"] = delay or None, at
    return Charging.of(dated)


def _delay(value: object) -> timedelta | None:
    delay = parse_duration(value)
    return delay if delay is not None and delay < _DAY else None


# The other blocks of a status.

LOCKED_STATES: Final = "lockedStates"
_LOCKED: Final = {"locked", "superlocked"}
_WORD: Final = re.compile(r"\w+")
_NOT_LOCKED: Final = re.compile("unlock|^not")
_OPENINGS: Final = {
    "Driver": "driver",
    "Passenger": "passenger",
    "RearLeft": "rear_left",
    "RearRight": "rear_right",
    "Trunk": "trunk",
    "RearWindow": "rear_window",
    "RoofWindow": "roof_window",
}
_OPEN: Final = {"Open": True, "Closed": False}
_LIGHTS: Final = {
    "turn Left": "turn_left",
    "turn Right": "turn_right",
    "fog Front": "fog_front",
    "fog Rear": "fog_rear",
}
_LIT: Final = {"On": True, "Off": False}
_FASTENED: Final = {"Normal": True, "Omission": False}
_BELTS: Final = {"Driver": "driver", "Passenger": "passenger"}
_ARMED: Final = {"Active": True, "Inactive": False}
_RUNNING: Final = {"Starting": True, "Running": True, "Stopping": False, "Stopped": False, "NotRunning": False}
# Cars report StartUp for hours after somebody has got in.
_IGNITED: Final = {"Start": True, "StartUp": False, "Stop": False}


def _doors(status: Json, at: datetime) -> Doors | None:
    block = as_object(status.get("doorsState"))
    date = read_date(block) or at
    openings: dict[str, bool] = {}
    for item in as_objects(block.get("opening")):
        name, is_open = _word(_OPENINGS, item.get("identifier")), _word(_OPEN, item.get("state"))
        if name and is_open is not None:
            openings[name] = is_open or openings.get(name, False)
    dated = dict(_dated(openings, date))
    lists = [_words(block.get(key)) for key in (LOCKED_STATES, "lockedState")]
    if unlocked := {_part(word) for words in lists for word in words if _NOT_LOCKED.search(word.lower())}:
        parts = tuple(sorted(unlocked)) if unlocked != {DOORS_UNLOCKED} else None
        dated |= _dated({"locked": False, "unlocked": parts}, date)
    elif any(lists):
        telling = [words for words in lists if any(word.lower() in _LOCKED for word in words)]
        # Without a word that says it, or beside one that nobody knows, the car may be open: neither that it is locked
        # nor what was known before is true.
        certain = telling and all("lock" in word.lower() for words in telling for word in words)
        dated["locked"] = True if certain else None, date
    return Doors.of(dated)


def _words(states: object) -> list[str]:
    """Return the words of a list, or of a text."""
    texts = [states] if isinstance(states, str) else [state for state in as_list(states) if isinstance(state, str)]
    return [word for text in texts for word in _WORD.findall(text)]


@lru_cache
def _part(word: str) -> str:
    """Spell a word for something that is not locked as we do: CargoDoorsUnlocked and Unlocked name what they are of."""
    part, unlocked = re.subn("unlocked", "", word, flags=re.IGNORECASE)
    return f"{slug(part) or 'doors'}_unlocked" if unlocked else slug(word)


def _preconditioning(status: Json, at: datetime) -> Preconditioning | None:
    spellings = (as_object(status.get(key)) for key in ("preconditioning", "preconditionning"))
    blocks = _newest_first([as_object(each.get("airConditioning")) for each in spellings])
    speaking = _speaking(blocks, PreconditioningStatus)
    dated: dict[str, tuple[Any, datetime]] = {}
    if (reported := as_text(speaking.get("status"))) is not None:
        date = read_date(speaking) or at
        dated = {"status": (reported, date), "failure_cause": (as_text(speaking.get("failureCause")), date)}
        dated |= _dated({"starting_cause": as_text(speaking.get("startingCause"))}, date)
    for block in blocks:
        if (programs := _programs(block.get("programs"))) is not None:
            dated["programs"] = programs, read_date(block) or at
            break
    return Preconditioning.of(dated)


def _stolen(status: Json, at: datetime) -> Switched | None:
    """Read a block that is not documented: `state` stays true after `endAt`."""
    block = as_object(status.get("stolen"))
    if (state := as_bool(block.get("state"))) is None:
        return None
    return Switched(at=read_date(block) or at, on=state and parse_date(block.get("endAt")) is None)


# Programs. One that cannot be read costs that program only.


def _programs(programs: object) -> tuple[Program, ...] | None:
    """Read the preconditioning programs. A program without a slot has that of its place in the list."""
    if not isinstance(programs, list):
        return None
    read = [_program(as_object(item), place) for place, item in enumerate(programs, 1)]
    slots = {program.slot: program for program in reversed(read) if program}
    return tuple(slots[slot] for slot in sorted(slots))


def _program(program: Json, place: int) -> Program | None:
    start, days = _delay(program.get("start")), _days(program)
    slot = as_number(program.get("slot", place), least=1, most=SLOTS)
    enabled = program.get("enabled") is True
    # An empty slot is reported as a program at midnight, of no day.
    if start is None or slot is None or not (start or days or enabled):
        return None
    recurring = program.get("recurrence") != "None"
    # Some cars name no day in a program for every day.
    return Program(
        slot=int(slot), start=start, days=days or (DAYS if recurring else ()), enabled=enabled, recurring=recurring
    )


def _charging_programs(programs: object) -> tuple[ChargingProgram, ...] | None:
    if not isinstance(programs, list):
        return None
    read = (_charging_program(program) for program in as_objects(programs)[:_MAX_PROGRAMS])
    return tuple(program for program in read if program)


def _charging_program(program: Json) -> ChargingProgram | None:
    start, end, days = _delay(program.get("start")), _delay(program.get("end")), _days(program)
    enabled = program.get("enabled") is True
    if start is None or not (start or end or days or enabled):
        return None
    return ChargingProgram(start=start, end=end, days=days or DAYS, enabled=enabled)


def _days(program: Json) -> tuple[str, ...]:
    named = as_list(as_object(program.get("occurence")).get("day"))
    return tuple(day for day in DAYS if day in named)


def _odometer(status: Json, at: datetime) -> Odometer | None:
    blocks = (as_object(status.get(key)) for key in ("odometer", "timed.odometer"))
    return next(
        (
            Odometer(at=read_date(block) or at, mileage=mileage)
            for block in blocks
            if (mileage := _positive(block.get("mileage"))) is not None
        ),
        None,
    )


def _air(status: Json, at: datetime) -> Air | None:
    block = as_object(as_object(status.get("environment")).get("air"))
    temperature = _temperature(block.get("temp"))
    return None if temperature is None else Air(at=read_date(block) or at, temperature=temperature)


def _auxiliary_battery(status: Json, at: datetime) -> AuxiliaryBattery | None:
    block = as_object(status.get("battery"))
    level = _percent(block.get("voltage"))
    return None if level is None else AuxiliaryBattery(at=read_date(block) or at, level=level)


def _kinetic(status: Json, at: datetime) -> Kinetic | None:
    block = as_object(status.get("kinetic"))
    values = {
        "moving": as_bool(block.get("moving")),
        "speed": _speed(block.get("speed")),
        "acceleration": _acceleration(block.get("acceleration")),
    }
    return Kinetic.of(_dated(values, read_date(block) or at))


def _powertrain(status: Json, at: datetime) -> Powertrain | None:
    """Read whether the car is running from the newest source; at the same date `powertrain` counts."""
    engines = [
        Powertrain(at=read_date(engine) or at, running=running)
        for engine in as_objects(status.get("engines"))
        if (running := _word(_RUNNING, engine.get("gmpStatus"))) is not None
    ]
    sources = [
        _running(as_object(status.get("powertrain")), "status", _RUNNING, at),
        # A hybrid runs if any of its engines does.
        Powertrain(at=max(e.at for e in engines), running=any(e.running for e in engines)) if engines else None,
        _running(as_object(status.get("ignition")), "type", _IGNITED, at),
    ]
    return max((source for source in sources if source), key=lambda source: source.at, default=None)


def _running(block: Json, key: str, meanings: Mapping[str, bool], at: datetime) -> Powertrain | None:
    running = _word(meanings, block.get(key))
    return None if running is None else Powertrain(at=read_date(block) or at, running=running)


def _privacy(status: Json, at: datetime) -> Privacy | None:
    block = as_object(status.get("privacy"))
    state = as_text(block.get("state"))
    return None if state is None else Privacy(at=read_date(block) or at, state=state)


def _driving_mode(status: Json, at: datetime) -> DrivingMode | None:
    block = as_object(status.get("drivingBehavior"))
    mode = as_text(block.get("mode"))
    return None if mode is None else DrivingMode(at=read_date(block) or at, mode=mode)


def _belts(status: Json, at: datetime) -> Belts | None:
    block = as_object(status.get("safety"))
    belts = {
        name: _word(_FASTENED, item.get("belt"))
        for item in as_objects(block.get("beltStatus"))
        if (name := _word(_BELTS, item.get("id")))
    }
    return Belts.of(_dated(belts, read_date(block) or at))


def _emergency_call(status: Json, at: datetime) -> EmergencyCall | None:
    block = as_object(status.get("safety"))
    state = as_text(block.get("autoECallTriggering"))
    return None if state is None else EmergencyCall(at=read_date(block) or at, state=state)


def _alarm(status: Json, at: datetime) -> Alarm | None:
    block = as_object(status.get("alarm"))
    state, trigger = as_object(block.get("status")), as_object(block.get("trigger"))
    state_at = read_date(state) or at
    armed = _word(_ARMED, state.get("activation"))
    dated = dict(_dated({"armed": armed, "disarmed_at": state_at if armed is False else None}, state_at))
    if cause := as_text(trigger.get("type")):
        started = _date(trigger.get("startAt"))
        date = read_date(trigger) or started or at
        set_off = cause != "NoBreakIn"
        dated["trigger"] = cause if set_off else None, date
        dated["triggered_at"] = started if set_off else None, date
    return Alarm.of(dated)


def _daylight(status: Json, at: datetime) -> Daylight | None:
    block = as_object(as_object(status.get("environment")).get("luminosity"))
    day = as_bool(block.get("day"))
    return None if day is None else Daylight(at=read_date(block) or at, day=day)


def _engine(status: Json, motorization: str | None, at: datetime) -> Engine | None:
    """Read the thermic engine. Electric cars report one too."""
    engines = [each for each in as_objects(status.get("engines")) if each.get("type", "Thermic") == "Thermic"]
    if motorization == Motorization.ELECTRIC or not engines:
        return None
    engine = engines[0]
    thermic = as_object(as_object(engine.get("extension")).get("thermic"))
    oil, coolant, air = (as_object(thermic.get(part)) for part in ("oil", "coolant", "air"))
    values = {
        "speed": _revolutions(engine.get("speed")),
        "oil_temperature": _first(
            _engine_temperature, (each.get("temp") for each in (oil, as_object(engine.get("oil"))))
        ),
        "oil_level": _percent(oil.get("level")),
        "coolant_temperature": _engine_temperature(coolant.get("temp")),
        "coolant_level": _percent(coolant.get("level")),
        "air_temperature": _engine_temperature(air.get("temp")),
    }
    return Engine.of(_dated(values, read_date(engine) or at))


def _ignition(status: Json, at: datetime) -> Ignition | None:
    block = as_object(status.get("ignition"))
    kind = as_text(block.get("type"))
    return None if kind is None else Ignition(at=read_date(block) or at, type=kind)


def _lighting(status: Json, at: datetime) -> Lighting | None:
    block = as_object(status.get("lightingSystem"))
    lights: dict[str, bool] = {}
    for kind, place in (("turn", "direction"), ("fog", "position")):
        for item in as_objects(block.get(kind)):
            name, on = _word(_LIGHTS, f"{kind} {as_text(item.get(place))}"), _word(_LIT, item.get("status"))
            if name and on is not None:
                lights[name] = on or lights.get(name, False)
    return Lighting.of(_dated(lights, read_date(block) or at))


def _service(status: Json, at: datetime) -> Service | None:
    block = as_object(status.get("service"))
    kind = as_text(block.get("type"))
    return None if kind in {None, "Unknown"} else Service(at=read_date(block) or at, type=kind)


def _transmission(status: Json, at: datetime) -> Transmission | None:
    block = as_object(status.get("transmission"))
    gear = as_text(as_object(block.get("gearbox")).get("ratio"))
    return None if gear is None else Transmission(at=read_date(block) or at, gear=gear)


def _wipers(status: Json, at: datetime) -> Wipers | None:
    block = as_object(status.get("wipingBlades"))
    active = as_bool(block.get("active"))
    return None if active is None else Wipers(at=read_date(block) or at, active=active)


def _position(status: Json, at: datetime) -> Position | None:
    feature = as_object(status.get("lastPosition"))
    point = read_point(feature)
    if point is None:
        return None
    properties = as_object(feature.get("properties"))
    return Position(
        at=read_date(properties) or at,
        latitude=point.latitude,
        longitude=point.longitude,
        heading=as_number(properties.get("heading"), 0, 360),
    )


type _ReadPart = Callable[[Json, str | None, datetime], Mapping[str, Block | None]]


def _block(name: str, read: Callable[[Json, datetime], Block | None]) -> _ReadPart:
    return lambda status, _motorization, at: {name: read(status, at)}


_PARTS: Final[Mapping[str, tuple[tuple[str, ...], _ReadPart]]] = {
    # part: the keys of a status that it is read from, and how
    "air": (("environment",), _block("air", _air)),
    "alarm": (("alarm",), _block("alarm", _alarm)),
    "auxiliary_battery": (("battery",), _block("auxiliary_battery", _auxiliary_battery)),
    "belts": (("safety",), _block("belts", _belts)),
    "daylight": (("environment",), _block("daylight", _daylight)),
    "doors": (("doorsState",), _block("doors", _doors)),
    "driving_mode": (("drivingBehavior",), _block("driving_mode", _driving_mode)),
    "emergency_call": (("safety",), _block("emergency_call", _emergency_call)),
    "energies": (("energies", "energy", "service"), _energies),
    "engine": (("engines", "service"), lambda status, motorization, at: {"engine": _engine(status, motorization, at)}),
    "ignition": (("ignition",), _block("ignition", _ignition)),
    "kinetic": (("kinetic",), _block("kinetic", _kinetic)),
    "lighting": (("lightingSystem",), _block("lighting", _lighting)),
    "odometer": (("odometer", "timed.odometer"), _block("odometer", _odometer)),
    "position": (("lastPosition",), _block("position", _position)),
    "powertrain": (("powertrain", "engines", "ignition"), _block("powertrain", _powertrain)),
    "preconditioning": (("preconditioning", "preconditionning"), _block("preconditioning", _preconditioning)),
    "privacy": (("privacy",), _block("privacy", _privacy)),
    "service": (("service",), _block("service", _service)),
    "stolen": (("stolen",), _block("stolen", _stolen)),
    "transmission": (("transmission",), _block("transmission", _transmission)),
    "wipers": (("wipingBlades",), _block("wipers", _wipers)),
}
_PARTS_OF: Final[Mapping[str, list[str]]] = {
    key: [part for part, (keys, _) in _PARTS.items() if key in keys]
    for all_keys, _ in _PARTS.values()
    for key in all_keys
}
"""The parts that are read from each key of a status."""


# Maintenance, alerts and trips have endpoints of their own.


def read_maintenance(maintenance: Json, at: datetime) -> Maintenance | None:
    """Read when the next maintenance is due."""
    days = as_number(maintenance.get("daysBeforeMaintenance"))
    distance = as_number(maintenance.get("mileageBeforeMaintenance"))
    values = {"days": None if days is None else int(days), "distance": distance}
    return Maintenance.of(_dated(values, read_date(maintenance) or at))


def read_alerts(alerts: object, at: datetime) -> Alerts | None:
    """Read the active alerts from a list, an object with a list, or one alert. None for anything else."""
    if isinstance(alerts, dict):
        alerts = alerts.get("alerts", [alerts] if _alert(alerts) else None)
    if not isinstance(alerts, list | dict):
        return None
    active = (_alert(alert) for alert in as_objects(alerts) if alert.get("active") is not False)
    # Sorted, because the vendor's order varies.
    found = sorted({alert.id: alert for alert in active if alert}.values(), key=_id)
    return Alerts(at=at, active=tuple(found[:_MAX_ALERTS]))


def _alert(alert: Json) -> Alert | None:
    alert_id, kind = as_text(alert.get("id")), as_text(alert.get("type"))
    if alert_id is None or kind is None:
        return None
    return Alert(
        id=alert_id,
        type=kind,
        severity=as_text(alert.get("severity")),
        started_at=_date(alert.get("startedAt")),
    )


def _id(alert: Alert) -> str:
    return alert.id


def read_trips(trips: object) -> Trip | None:
    """Read the trip that ended last, from a list or a single trip."""
    return last_trip(trip for item in as_objects(trips) if (trip := read_trip(item)))


def last_trip(trips: Iterable[TripRecord]) -> Trip | None:
    """Return the trip that ended last."""
    last = max(trips, key=lambda trip: trip.ended_at, default=None)
    if last is None:
        return None
    return Trip(
        id=last.id,
        at=last.ended_at,
        distance=last.distance,
        duration=last.duration,
        fuel=last.fuel,
        electricity=last.electricity,
    )
