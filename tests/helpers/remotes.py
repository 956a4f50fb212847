"""What a car is asked to do: actions that name it by its device, and the remotes that the vendor was sent."""

from typing import Any, Final

from homeassistant.helpers import device_registry as dr

from custom_components.stellantis.const import DOMAIN
from simulator import Car, Request

from .harness import Harness

UNLOCK: Final = ("lock", "doors", "unlock")
"""For `Harness.call`."""


async def act(harness: Harness, car: Car, service: str, *, answer: bool = False, **data: Any) -> Any:
    """Call an action that names the car by its device."""
    [entry] = harness.hass.config_entries.async_entries(DOMAIN)
    found = dr.async_get(harness.hass).async_get_device_by_identifier((DOMAIN, car.vin), entry.entry_id)
    assert found
    return await harness.hass.services.async_call(
        DOMAIN, service, {"device_id": found.id, **data}, blocking=True, return_response=answer
    )


def posts(harness: Harness) -> list[Request]:
    """Return the requests with which the cars have been asked."""
    return harness.requests("POST", "/remotes")


def sent(harness: Harness) -> list[dict[str, Any]]:
    """Return what the car has been asked, without the labels."""
    return [{key: value for key, value in post.body.items() if key != "label"} for post in posts(harness)]
