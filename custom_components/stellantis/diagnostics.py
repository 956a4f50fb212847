"""What is known of an account, to attach to an issue: without secrets, owner and position."""

from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.redact import async_redact_data

from .account import Account, StellantisConfigEntry, external_url
from .api.auth import API_URL
from .const import (
    CONF_API_URL,
    CONF_BRAND,
    CONF_CA_CERTIFICATE_PATH,
    CONF_CALLBACK_ID,
    CONF_CLOUDHOOK_URL,
    CONF_PRIVATE_KEY_PASSWORD,
    CONF_SCOPE_SEPARATOR,
    CONF_TUTORIAL_SPELLINGS,
    DOMAIN,
)
from .coordinator import VehicleCoordinator

# The vendor's ids are hashes of the VIN; a position may be somebody's home.
_PRIVATE: Final = {"heading", "id", "latitude", "longitude"}


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: StellantisConfigEntry) -> dict[str, Any]:
    """Describe an account and its cars."""
    account = entry.runtime_data
    limits = account.client.rate_limits
    return {
        "account": {
            "brand": entry.data[CONF_BRAND],
            "api_of_the_vendor": entry.data[CONF_API_URL] == API_URL,
            "scopes": sorted(account.client.scopes),
            "scope_separator": entry.data[CONF_SCOPE_SEPARATOR],
            "options": dict(account.options),
            "private_key_encrypted": CONF_PRIVATE_KEY_PASSWORD in entry.data,
            "own_ca_certificate": CONF_CA_CERTIFICATE_PATH in entry.data,
            "certificate_expires": account.certificate_expires.isoformat(),
            "tutorial_spellings": list(entry.data.get(CONF_TUTORIAL_SPELLINGS, ())),
        },
        "callback": {
            "registered": CONF_CALLBACK_ID in entry.data,
            "cloudhook": CONF_CLOUDHOOK_URL in entry.data,
            "external_url": external_url(hass) is not None,
            **account.callback.state,
            "received": dict(account.receiver.received),
        },
        "requests_left": {
            "daily_limit": limits.daily_limit,
            "daily_remaining": limits.daily_remaining,
            "burst_remaining": limits.burst_remaining,
        },
        "cars": [_car(account, car) for car in account.cars.values()],
    }


async def async_get_device_diagnostics(
    _hass: HomeAssistant, entry: StellantisConfigEntry, device: DeviceEntry
) -> dict[str, Any]:
    """Describe a car."""
    account = entry.runtime_data
    vins = {vin for domain, vin in device.identifiers if domain == DOMAIN}
    return {"cars": [_car(account, car) for vin, car in account.cars.items() if vin in vins]}


def _car(account: Account, car: VehicleCoordinator) -> dict[str, Any]:
    vehicle = car.vehicle
    return {
        "brand": vehicle.brand,
        "label": vehicle.label,
        "motorization": vehicle.motorization,
        "capabilities": sorted(vehicle.capabilities),
        "pictures": len(vehicle.pictures),
        "available": car.available,
        "last_poll_succeeded": car.last_update_success,
        "poll_interval": car.update_interval and car.update_interval.total_seconds(),
        "pushed": car.pushed,
        "last_push": car.last_push and car.last_push.isoformat(),
        "received": dict(car.received),
        "monitors": account.push.state(vehicle.vin),
        "program_slots": vehicle.program_slots,
        "charging_slots": vehicle.charging_slots,
        "charge_limit": account.charge_limits[vehicle.vin].as_dict(),
        "wake_ups": account.wake_ups[vehicle.vin].as_dict(),
        "status": async_redact_data(car.data.as_dict(), _PRIVATE),
    }
