"""A trip as a title and a description, in the server's language: a calendar has one for all users."""

from collections.abc import Iterator

from homeassistant.const import UnitOfLength
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_cached_translations

from .api.trips import Point
from .const import DOMAIN
from .history.trips import KeptTrip

UNKNOWN = "…"


def title(hass: HomeAssistant, trip: KeptTrip) -> str:
    """Return how far a trip went, in the unit of the house, and between which zones."""
    units = hass.config.units
    distance = _word(hass, "trip")
    if trip.distance is not None:
        length = units.length(trip.distance, UnitOfLength.KILOMETERS)
        distance = f"{_number(hass, length, 1)} {units.length_unit}"
    if not (trip.zone_from or trip.zone_to):
        return distance
    ends = {"start": trip.zone_from or UNKNOWN, "stop": trip.zone_to or UNKNOWN}
    return _word(hass, "trip_way", "{distance}").format(distance=distance, **ends)


def describe(hass: HomeAssistant, trip: KeptTrip) -> str:
    """Return what else is known of a trip, a line each."""
    return "\n".join(_lines(hass, trip))


def _lines(hass: HomeAssistant, trip: KeptTrip) -> Iterator[str]:
    minutes = None if trip.duration is None else f"{trip.duration.total_seconds() / 60:.0f}"
    values = {
        "duration": minutes,
        "electricity": None if trip.electricity is None else _number(hass, trip.electricity, 1),
        "fuel": None if trip.fuel is None else _number(hass, trip.fuel, 2),
        "battery": _change(trip.battery_before, trip.battery_after),
        "tank": _change(trip.fuel_before, trip.fuel_after),
        "start": _position(trip.start),
        "stop": _position(trip.stop),
    }
    for key, value in values.items():
        if value is not None:
            yield _word(hass, f"trip_{key}").format(value=value)
    for fault in trip.faults:
        words = [_word(hass, f"trip_fault_{fault.fault}", fault.fault)]
        if fault.cause:
            words.append(_word(hass, f"trip_cause_{fault.cause}", fault.cause))
        yield _word(hass, "trip_fault").format(value=", ".join(words))


def _change(before: float | None, after: float | None) -> str | None:
    if before is None and after is None:
        return None
    return " → ".join(UNKNOWN if level is None else f"{level:.0f} %" for level in (before, after))


def _number(hass: HomeAssistant, number: float, digits: int) -> str:
    return f"{number:.{digits}f}".replace(".", _word(hass, "decimal_separator", "."))


def _position(point: Point | None) -> str | None:
    return f"{point.latitude}, {point.longitude}" if point else None


def _word(hass: HomeAssistant, key: str, otherwise: str = "") -> str:
    words = async_get_cached_translations(hass, hass.config.language, "common", DOMAIN)
    return words.get(f"component.{DOMAIN}.common.{key}", otherwise)
