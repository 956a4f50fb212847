"""A car of the account: what it is and what it can be asked to do (docs/vendor-api.md, "Reading")."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final, Self

from .lenient import as_list, as_number, as_object, as_text
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
    `pictures` are https addresses of pictures of it, which anybody may fetch.
    """

    id: str = field(repr=False)
    vin: str = field(repr=False)
    brand: str | None
    label: str | None
    motorization: str | None
    capabilities: frozenset[Capability]
    program_slots: int = 0
    charging_slots: int = 0
    pictures: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def parse(cls, vehicle: Mapping[str, Any], scopes: Collection[str]) -> Self | None:
        """Read one item of `GET /user/vehicles`; None if it has no id or VIN.

        `scopes` are the scopes that the user consented to: a remote needs its scope.
        """
        car_id, vin = vehicle.get("id"), vehicle.get("vin")
        if not isinstance(car_id, str) or not isinstance(vin, str) or not car_id or not vin:
            return None
        extension = as_object(as_object(vehicle.get("_embedded")).get("extension"))
        # The vendor has moved the branding several times.
        brandings = (
            as_object(extension.get("branding")),
            vehicle,
            as_object(as_object(vehicle.get("vehicleExtension")).get("vehicleBranding")),
        )
        motorization = as_text(vehicle.get("motorization"))
        remote = as_object(extension.get("onboardCapabilities")).get("remote")
        capabilities = _capabilities(remote, scopes, motorization)
        return cls(
            id=car_id,
            vin=vin,
            brand=next((brand for b in brandings if (brand := as_text(b.get("brand")))), None),
            label=next((label for b in brandings if (label := as_text(b.get("label")))), None),
            motorization=motorization,
            capabilities=capabilities,
            program_slots=min(_size(remote, "preconditioning"), SLOTS) if Capability.PROGRAMS in capabilities else 0,
            charging_slots=_size(remote, "charging", "schedule") if Capability.CHARGING_SCHEDULE in capabilities else 0,
            pictures=_pictures(extension) or _pictures(vehicle),
        )

    @classmethod
    def restore(cls, stored: Mapping[str, Any]) -> Self | None:
        """Read what `as_dict` made; None if it cannot be read."""
        car_id, vin = as_text(stored.get("id")), as_text(stored.get("vin"))
        if car_id is None or vin is None:
            return None
        return cls(
            id=car_id,
            vin=vin,
            brand=as_text(stored.get("brand")),
            label=as_text(stored.get("label")),
            motorization=as_text(stored.get("motorization")),
            capabilities=frozenset(
                Capability(name)
                for name in as_list(stored.get("capabilities"))
                if isinstance(name, str) and name in _CAPABILITY_NAMES
            ),
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

CHARGING_SLOTS: Final = 10
"""How many charging programs a car is assumed to take if it does not report a number."""


def _immediate(parameters: _Parameters) -> bool:
    """Tell whether a remote can run at once. Charging and preconditioning report start and stop separately."""
    immediate = parameters.get("immediate")
    if isinstance(immediate, dict):
        return immediate.get("start") is not False or immediate.get("stop") is not False
    return immediate is not False


def _always(_parameters: _Parameters) -> bool:
    return True


def _programs(parameters: _Parameters) -> bool:
    return as_number(as_object(parameters.get("programs")).get("size")) != 0


def _schedule(key: str) -> Callable[[_Parameters], bool]:
    def supported(parameters: _Parameters) -> bool:
        can = as_object(parameters.get("schedule")).get(key)
        return (can.get("supported") if isinstance(can, dict) else can) is not False

    return supported


def _preference(key: str) -> Callable[[_Parameters], bool]:
    # Few cars have preferences: unlike the others they must be reported.
    return lambda parameters: as_object(parameters.get("preferences")).get(key) is True


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


def _capabilities(remote: object, scopes: Collection[str], motorization: str | None) -> frozenset[Capability]:
    announced = frozenset(
        name
        for name, (key, scope, allows) in _CAPABILITIES.items()
        if scope in scopes and _supported(remote, key, allows, motorization)
    )
    return announced | _UNANNOUNCED if any(scope.startswith("remote:") for scope in scopes) else announced


def _supported(remote: object, key: str, allows: Callable[[_Parameters], bool], motorization: str | None) -> bool:
    if not isinstance(remote, dict):
        # The car does not report its capabilities: offer all of them, charging to cars with a battery only.
        return allows({}) and (key != "charging" or motorization != Motorization.THERMIC)
    capability = remote.get(key)
    if not isinstance(capability, dict) or capability.get("supported") is False:
        return False
    return allows(as_object(capability.get("parameters")))


def _size(remote: object, key: str, *path: str) -> int:
    """Return how many programs a car takes; the highest number if it does not report one."""
    value = as_object(as_object(as_object(remote).get(key)).get("parameters"))
    for part in (*path, "programs"):
        value = as_object(value.get(part))
    return int(
        as_number(value.get("size"), least=0, most=100) or (SLOTS if key == "preconditioning" else CHARGING_SLOTS)
    )


def _pictures(holder: Mapping[str, Any]) -> tuple[str, ...]:
    urls = (as_text(url) for url in as_list(holder.get("pictures")))
    return tuple(url for url in urls if url and url.startswith("https://"))
