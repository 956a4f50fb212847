"""A car of the account: what it is and what it can be asked to do (contract, "Reading")."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self

from .shapes import as_list, as_object, as_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """A car. `id` is the vendor's, for its API alone; `capabilities` holds the capabilities below that it has.

    `pictures` are https addresses of pictures of it, which anybody may fetch.
    """

    id: str = field(repr=False)
    vin: str = field(repr=False)
    brand: str | None
    label: str | None
    motorization: str | None
    capabilities: frozenset[str]
    pictures: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def parse(cls, vehicle: Mapping[str, Any], scopes: Collection[str]) -> Self | None:
        """Read one item of `GET /user/vehicles`; None if it has no id or VIN and so cannot be told from others.

        `scopes` are the ones that the user consented to: without its scope a remote is out of reach.
        """
        car_id, vin = vehicle.get("id"), vehicle.get("vin")
        if not isinstance(car_id, str) or not isinstance(vin, str) or not car_id or not vin:
            return None
        extension = as_object(as_object(vehicle.get("_embedded")).get("extension"))
        # The branding moved about in the vendor's answers over the years.
        brandings = (
            as_object(extension.get("branding")),
            vehicle,
            as_object(as_object(vehicle.get("vehicleExtension")).get("vehicleBranding")),
        )
        motorization = as_text(vehicle.get("motorization"))
        return cls(
            id=car_id,
            vin=vin,
            brand=next((brand for b in brandings if (brand := as_text(b.get("brand")))), None),
            label=next((label for b in brandings if (label := as_text(b.get("label")))), None),
            motorization=motorization,
            capabilities=_capabilities(
                as_object(extension.get("onboardCapabilities")).get("remote"), scopes, motorization
            ),
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
            capabilities=frozenset(map(str, as_list(stored.get("capabilities")))),
            pictures=_pictures(stored),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON that `restore` reads."""
        return {**asdict(self), "capabilities": sorted(self.capabilities), "pictures": list(self.pictures)}

    @property
    def name(self) -> str:
        """What a person would call the car: its brand and model, as far as the vendor tells them."""
        brand, label = self.brand or "", self.label or ""
        return label if brand and label.startswith(brand) else f"{brand} {label}".strip() or "Car"


_CAPABILITIES: Final = {
    # our name: the key under `onboardCapabilities.remote`, the scope
    "doors": ("door", "remote:door:write"),
    "horn": ("horn", "remote:horn:write"),
    "lights": ("lights", "remote:lights:write"),
    "wake_up": ("wakeup", "remote:wakeup:write"),
    "charging": ("charging", "remote:charging:write"),
    "preconditioning": ("preconditioning", "remote:preconditioning:write"),
}


def _capabilities(remote: object, scopes: Collection[str], motorization: str | None) -> frozenset[str]:
    return frozenset(
        name
        for name, (key, scope) in _CAPABILITIES.items()
        if scope in scopes
        and (
            _supported(as_object(remote).get(key))
            if isinstance(remote, dict)
            # The car does not say what it can do, and only a car with a battery to charge is told apart.
            else name != "charging" or motorization != "Thermic"
        )
    )


def _pictures(holder: Mapping[str, Any]) -> tuple[str, ...]:
    urls = (as_text(url) for url in as_list(holder.get("pictures")))
    return tuple(url for url in urls if url and url.startswith("https://"))


def _supported(capability: object) -> bool:
    """Tell whether a remote can be had at once, which charging and preconditioning say apart."""
    if not isinstance(capability, dict) or capability.get("supported") is False:
        return False
    immediate = as_object(capability.get("parameters")).get("immediate")
    if isinstance(immediate, dict):
        return immediate.get("start") is not False or immediate.get("stop") is not False
    return immediate is not False
