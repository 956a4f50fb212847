"""Store a status as JSON and restore it. Both follow the types of the fields."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from types import NoneType
from typing import Any, Final, Self, get_args, get_origin, get_type_hints

from ..lenient import CLOCK_AHEAD, as_bool, as_number, as_text, parse_date
from .model import EARLIEST, Switched


def store(value: object) -> Any:
    """Return a dataclass, or a value of one, as JSON; what is None or an empty object is left out."""
    kind: Any = type(value)
    if kind in _PLAIN:
        return value
    if names := _field_names(kind):
        return {name: store(item) for name in names if (item := getattr(value, name)) is not None and item != {}}
    match value:
        case datetime():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case tuple():
            return [store(item) for item in value]
        case Mapping():
            return {key: store(item) for key, item in value.items()}
    return value


_PLAIN: Final = frozenset({bool, float, int, str})


@cache
def _field_names(kind: Any) -> tuple[str, ...]:
    """Return the names of a dataclass's fields; none of anything else."""
    return tuple(each.name for each in fields(kind)) if is_dataclass(kind) else ()


def restore(kind: Any, stored: object) -> Any:
    """Read a value of a kind. Raises ValueError, or TypeError, if it is not of that kind."""
    arguments = get_args(kind)
    if NoneType in arguments:
        return None if stored is None else restore(arguments[0], stored)
    if isinstance(kind, type) and is_dataclass(kind) and isinstance(stored, dict):
        stored = _UPGRADES.get(kind, dict)(stored)
        present = {name: each for name, each in field_types(kind).items() if name in stored}
        return kind(**{name: restore(each, stored[name]) for name, each in present.items()})
    if get_origin(kind) is tuple and isinstance(stored, list):
        return tuple(restore(arguments[0], item) for item in stored)
    if get_origin(kind) is Mapping and isinstance(stored, dict):
        return {str(key): restore(arguments[1], item) for key, item in stored.items()}
    value = _SCALARS[kind](stored) if kind in _SCALARS else None
    if value is None:
        raise ValueError(kind)
    return value


def field_types(holder: Any) -> Mapping[str, Any]:
    """Return the types of a dataclass's fields, by their names."""
    return _field_types(holder)


@cache
def _field_types(holder: Any) -> Mapping[str, Any]:
    hints = get_type_hints(holder)
    return {
        each.name: holder | None if Self in get_args(hints[each.name]) else hints[each.name] for each in fields(holder)
    }


def _upgrade_switched(stored: dict[str, Any]) -> dict[str, Any]:
    """Read the older form of an assumption: it had a flag in the place of what it replaced."""
    if stored.get("assumed") is not True:
        return stored
    return stored | {"replaced": store(Switched(at=EARLIEST, earlier={"on": EARLIEST}))}


_UPGRADES: Final[Mapping[type[Any], Callable[[dict[str, Any]], dict[str, Any]]]] = {Switched: _upgrade_switched}


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _duration(value: object) -> timedelta | None:
    seconds = as_number(value, 0, timedelta.max.total_seconds() / 2)
    return None if seconds is None else timedelta(seconds=seconds)


_SCALARS: Final[Mapping[type[Any], Callable[[object], object]]] = {
    bool: as_bool,
    datetime: partial(parse_date, ahead=CLOCK_AHEAD),
    float: as_number,
    int: _whole,
    str: as_text,
    timedelta: _duration,
}
