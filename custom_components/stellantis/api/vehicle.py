"""A car of the account: what it is and what it can be asked to do (docs/vendor-api.md, "Reading")."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, Self

from .lenient import MAX_URL, as_list, as_number, as_object, as_objects, as_text
from .scopes import Scope
from .status import SLOTS, Motorization


class Capability(StrEnum):
    """What a car can be asked to do."""

    DOORS = "doors"
    HORN = "horn"
    LIGHTS = "lights"
    WAKE_UP = "wake_up"
    CHARGING = "charging"
    CHARGING_DELAY = "charging_delay"
    CHARGING_SCHEDULE = "charging_schedule"
    CHARGING_LEVEL = "charging_level"
    CHARGING_TYPE = "charging_type"
    PRECONDITIONING = "preconditioning"
    PROGRAMS = "programs"
    NAVIGATION = "navigation"
    IMMOBILIZATION = "immobilization"
    STOLEN = "stolen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """A car. `id` is the vendor's, for its API alone; `motorization` is a `Motorization`, or a word not known yet.

    `program_slots` and `charging_slots` are how many preconditioning and charging programs it has room for.
    `capabilities_assumed` is whether the vendor has not said what the car can do: then it is taken to do nearly all.
    `pictures` are https addresses of pictures of it, which anybody may fetch.
    """

    id: str = field(repr=False)
    vin: str = field(repr=False)
    brand: str | None
    label: str | None
    motorization: str | None
    capabilities: frozenset[Capability]
    capabilities_assumed: bool = False
    program_slots: int = 0
    charging_slots: int = 0
    pictures: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def parse(
        cls, vehicle: Mapping[str, Any], scopes: Collection[str], known: Collection[Vehicle] = ()
    ) -> Vehicle | None:
        """Read one item of `GET /user/vehicles`; None if it cannot be told which car it is.

        `scopes` are the scopes that the user consented to: a remote needs its scope. `known` are the cars that are
        known already: what the item leaves out is as it was.
        """
        car_id, vin = as_text(vehicle.get("id")), as_text(vehicle.get("vin"))
        earlier = next((car for car in known if car.vin == vin or (vin is None and car.id == car_id)), None)
        if earlier:
            car_id, vin = car_id or earlier.id, earlier.vin
        if car_id is None or vin is None:
            return None
        extension = as_object(as_object(vehicle.get("_embedded")).get("extension"))
        old_extension = as_object(vehicle.get("vehicleExtension"))
        # The vendor has moved the branding several times.
        brandings = (
            as_object(extension.get("branding")),
            vehicle,
            as_object(old_extension.get("vehicleBranding")),
        )
        motorization = as_text(vehicle.get("motorization")) or (earlier.motorization if earlier else None)
        onboard = as_object(extension.get("onboardCapabilities"))
        functions = _functions(onboard.get("remote")) or _functions(onboard)
        capabilities = _capabilities(functions, scopes, motorization)
        car = cls(
            id=car_id,
            vin=vin,
            brand=next((brand for b in brandings if (brand := as_text(b.get("brand")))), None),
            label=next((label for b in brandings if (label := as_text(b.get("label")))), None),
            motorization=motorization,
            capabilities=capabilities,
            capabilities_assumed=not functions,
            program_slots=min(_size(functions, "preconditioning"), SLOTS) if Capability.PROGRAMS in capabilities else 0,
            charging_slots=_size(functions, "charging", "schedule")
            if Capability.CHARGING_SCHEDULE in capabilities
            else 0,
            pictures=_pictures(extension) or _pictures(vehicle) or _pictures(old_extension.get("vehiclePictures")),
        )
        return car._complete(earlier.limit(scopes)) if earlier else car

    def _complete(self, earlier: Vehicle) -> Vehicle:
        """Return this car with what was known of it earlier in the place of what the vendor has left out."""
        car = replace(
            self,
            brand=self.brand or earlier.brand,
            label=self.label or earlier.label,
            pictures=self.pictures or earlier.pictures,
        )
        if not self.capabilities_assumed or earlier.capabilities_assumed:
            return car
        return replace(
            car,
            capabilities=earlier.capabilities,
            capabilities_assumed=False,
            program_slots=earlier.program_slots,
            charging_slots=earlier.charging_slots,
        )

    def limit(self, scopes: Collection[str]) -> Vehicle:
        """Return this car without the remotes that these scopes do not allow."""
        return replace(self, capabilities=self.capabilities & _allowed(scopes))

    @classmethod
    def restore(cls, stored: Mapping[str, Any]) -> Self | None:
        """Read what `as_dict` made; None if it cannot be read."""
        car_id, vin = as_text(stored.get("id")), as_text(stored.get("vin"))
        if car_id is None or vin is None:
            return None
        capabilities = frozenset(
            Capability(name)
            for name in as_list(stored.get("capabilities"))
            if isinstance(name, str) and name in _CAPABILITY_NAMES
        )
        return cls(
            id=car_id,
            vin=vin,
            brand=as_text(stored.get("brand")),
            label=as_text(stored.get("label")),
            motorization=as_text(stored.get("motorization")),
            capabilities=capabilities,
            # Older versions did not store this, and took a description that they could not read for "none".
            capabilities_assumed=stored.get("capabilities_assumed", capabilities <= _UNANNOUNCED) is True,
            program_slots=int(as_number(stored.get("program_slots")) or 0),
            charging_slots=int(as_number(stored.get("charging_slots")) or 0),
            pictures=_pictures(stored),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON that `restore` reads."""
        return {**asdict(self), "capabilities": sorted(self.capabilities), "pictures": list(self.pictures)}

    @property
    def name(self) -> str:
        """The car's brand and model, as far as the vendor names them."""
        brand, label = self.brand or "", self.label or ""
        return label if brand and label.startswith(brand) else f"{brand} {label}".strip() or "Car"


type _Parameters = Mapping[str, Any]

_MAX_PICTURES: Final = 50

CHARGING_SLOTS: Final = 10
"""How many charging programs a car is assumed to take if it does not report a number."""


def _says(value: object) -> bool | None:
    """Return what the vendor says of a thing: yes, no, or an object with `supported`; None if it says neither."""
    if isinstance(value, dict):
        value = value.get("supported")
    return _ANSWERS.get(str(value).strip().casefold())


_ANSWERS: Final = {"true": True, "1": True, "false": False, "0": False}


def _part(value: object, key: str) -> bool | None:
    """Return what the vendor says of one part of a thing; what it says of the whole counts where it does not name it.

    A part of what the car does not take is not taken either.
    """
    whole, part = _says(value), _says(as_object(value).get(key))
    return whole if part is None or whole is False else part


def _immediate(parameters: _Parameters) -> bool:
    """Tell whether a remote can run at once. Charging and preconditioning report start and stop separately."""
    return any(_part(parameters.get("immediate"), part) is not False for part in ("start", "stop"))


def _always(_parameters: _Parameters) -> bool:
    return True


def _programs(parameters: _Parameters) -> bool:
    programs = parameters.get("programs")
    return _says(programs) is not False and as_number(as_object(programs).get("size")) != 0


def _schedule(key: str) -> Callable[[_Parameters], bool]:
    return lambda parameters: _part(parameters.get("schedule"), key) is not False


def _preference(key: str) -> Callable[[_Parameters], bool]:
    def supported(parameters: _Parameters) -> bool:
        # The OpenAPI file lists `preferences` among the keys of `schedule` too.
        preferences = parameters.get("preferences", as_object(parameters.get("schedule")).get("preferences"))
        # Few cars have preferences: unlike the others they must be reported.
        return _part(preferences, key) is True

    return supported


_CAPABILITIES: Final[Mapping[Capability, tuple[str, Scope, Callable[[_Parameters], bool]]]] = {
    # the capability: its key under `onboardCapabilities.remote`, the scope, whether its parameters allow it
    Capability.DOORS: ("door", Scope.DOORS, _always),
    Capability.HORN: ("horn", Scope.HORN, _always),
    Capability.LIGHTS: ("lights", Scope.LIGHTS, _always),
    Capability.WAKE_UP: ("wakeup", Scope.WAKE_UP, _always),
    Capability.CHARGING: ("charging", Scope.CHARGING, _immediate),
    Capability.CHARGING_DELAY: ("charging", Scope.CHARGING, _schedule("nextDelayedTime")),
    Capability.CHARGING_SCHEDULE: ("charging", Scope.CHARGING, _schedule("programs")),
    Capability.CHARGING_LEVEL: ("charging", Scope.CHARGING, _preference("level")),
    Capability.CHARGING_TYPE: ("charging", Scope.CHARGING, _preference("type")),
    Capability.PRECONDITIONING: ("preconditioning", Scope.PRECONDITIONING, _immediate),
    Capability.PROGRAMS: ("preconditioning", Scope.PRECONDITIONING, _programs),
    Capability.NAVIGATION: ("navigation", Scope.NAVIGATION, _always),
}

_CAPABILITY_NAMES: Final = frozenset(Capability)

# The documentation names no scope or capability for these; offer them if any remote is allowed.
_UNANNOUNCED: Final = frozenset({Capability.IMMOBILIZATION, Capability.STOLEN})


# How the keys of the remotes are spelled in the tutorials, in small letters.
_SPELLINGS: Final = {
    **{key: key for key, _, _ in _CAPABILITIES.values()},
    "ligths": "lights",
    "preonditionning": "preconditioning",
    "preconditionning": "preconditioning",
    "state": "wakeup",
}


def _functions(remote: object) -> dict[str, Any]:
    """Return what `onboardCapabilities.remote` says of each remote that it names, by the OpenAPI file's key.

    It has a key for each remote (OpenAPI file), or `operation`, a list of scopes, and `details` (tutorial). Some say it
    in a list (docs/vendor-api.md, "Where the sources disagree").
    """
    holder = as_object(remote)
    scopes = [*as_list(remote), *as_list(holder.get("operation"))]
    named = {scope.split(":")[1]: True for scope in scopes if _is_remote_scope(scope)}
    listed = {
        item["scopeName"].split(":")[1]: item for item in as_objects(remote) if _is_remote_scope(item.get("scopeName"))
    }
    parts: list[Mapping[str, Any]] = [named, listed, *as_objects(remote), as_object(holder.get("details"))]
    found: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            key = _SPELLINGS.get(name.casefold())
            if key and value is not None:
                found[key] = value
    return found


def _is_remote_scope(scope: object) -> bool:
    return isinstance(scope, str) and scope.startswith("remote:")


def _allowed(scopes: Collection[str]) -> frozenset[Capability]:
    """Return the capabilities that these scopes allow to use."""
    announced = frozenset(name for name, (_, scope, _) in _CAPABILITIES.items() if scope in scopes)
    return announced | _UNANNOUNCED if any(map(_is_remote_scope, scopes)) else announced


def _capabilities(
    functions: Mapping[str, Any], scopes: Collection[str], motorization: str | None
) -> frozenset[Capability]:
    supported = {
        name for name, (key, _, allows) in _CAPABILITIES.items() if _supported(functions, key, allows, motorization)
    }
    return _allowed(scopes) & (supported | _UNANNOUNCED)


def _supported(
    functions: Mapping[str, Any], key: str, allows: Callable[[_Parameters], bool], motorization: str | None
) -> bool:
    if not functions:
        # The car does not report its capabilities: offer all of them, charging to cars with a battery only.
        return allows({}) and (key != "charging" or motorization != Motorization.THERMIC)
    function = functions.get(key)
    supported = _says(function) is not False if isinstance(function, dict) else _says(function) is True
    return supported and allows(_parameters(function))


def _parameters(function: object) -> _Parameters:
    """Return what a remote takes: under `parameters` in the OpenAPI file, beside `supported` in the tutorial."""
    return {**as_object(function), **as_object(as_object(function).get("parameters"))}


def _size(functions: Mapping[str, Any], key: str, *path: str) -> int:
    """Return how many programs a car takes; the highest number if it does not report one."""
    value = _parameters(functions.get(key))
    for part in (*path, "programs"):
        value = as_object(value.get(part))
    return int(
        as_number(value.get("size"), least=0, most=100) or (SLOTS if key == "preconditioning" else CHARGING_SLOTS)
    )


def _pictures(holder: object) -> tuple[str, ...]:
    urls = (as_text(url, MAX_URL) for url in as_list(as_object(holder).get("pictures"))[:_MAX_PICTURES])
    return tuple(url for url in urls if url and url.startswith("https://"))
