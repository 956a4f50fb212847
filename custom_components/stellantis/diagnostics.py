"""What is known of an account, to attach to an issue: without secrets, owner and position."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.redact import async_redact_data
from homeassistant.util import dt as dt_util

from .account import (
    Account,
    StellantisConfigEntry,
    async_load_credentials,
    async_stored_vehicles,
    external_url,
)
from .api.auth import API_URL, BRANDS
from .api.errors import CertificateError
from .api.vehicle import Vehicle
from .const import (
    CONF_API_URL,
    CONF_BRAND,
    CONF_CA_CERTIFICATE_PATH,
    CONF_CALLBACK_ID,
    CONF_CLOUDHOOK_URL,
    CONF_ENERGY_PRICE_ENTITY,
    CONF_ENERGY_PRICE_ZONE,
    CONF_PRIVATE_KEY_PASSWORD,
    CONF_REALM,
    CONF_SCOPE_SEPARATOR,
    CONF_TUTORIAL_SPELLINGS,
    DOMAIN,
    default_options,
    delivery_of,
)
from .coordinator import VehicleCoordinator
from .oauth import granted_scopes
from .sign_in import sign_in

# The vendor's ids are hashes of the VIN; a position may be somebody's home.
_PRIVATE: Final = {"heading", "id", "latitude", "longitude"}
# Of what a date can be.
_END_OF_TIME: Final = datetime.max.replace(tzinfo=UTC).timestamp() - 1


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: StellantisConfigEntry) -> dict[str, Any]:
    """Describe an account and its cars; of one that has not started work, what is known of it and why."""
    told = {
        "entry": _entry(hass, entry),
        "account": {**_account(entry), **await _certificate(hass, entry)},
        "callback": {
            "delivery": delivery_of(entry.data),
            "registered": CONF_CALLBACK_ID in entry.data,
            "cloudhook": CONF_CLOUDHOOK_URL in entry.data,
            "external_url": external_url(hass) is not None,
        },
    }
    if entry.state is not ConfigEntryState.LOADED:
        return {**told, "stored_cars": [_vehicle(each) for each in await async_stored_vehicles(hass, entry)]}
    account = entry.runtime_data
    limits = account.client.rate_limits
    told["callback"] |= {
        **account.callback.state,
        **account.delivery.state,
        "listening": account.delivery.listening,
        "messages": account.delivery_health.state,
        "received": dict(account.receiver.received),
    }
    return {
        **told,
        "requests_left": {
            "daily_limit": limits.daily_limit,
            "daily_remaining": limits.daily_remaining,
            "burst_remaining": limits.burst_remaining,
        },
        "cars": [_car(account, car) for car in account.cars.values()],
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: StellantisConfigEntry, device: DeviceEntry
) -> dict[str, Any]:
    """Describe a car, or the account by its own device."""
    if (DOMAIN, entry.entry_id) in device.identifiers:
        return await async_get_config_entry_diagnostics(hass, entry)
    vins = {vin for domain, vin in device.identifiers if domain == DOMAIN}
    if entry.state is not ConfigEntryState.LOADED:
        stored = await async_stored_vehicles(hass, entry)
        return {
            "entry": _entry(hass, entry),
            "stored_cars": [_vehicle(vehicle) for vehicle in stored if vehicle.vin in vins],
        }
    account = entry.runtime_data
    return {
        "entry": _entry(hass, entry),
        "cars": [_car(account, car) for vin, car in account.cars.items() if vin in vins],
    }


def _entry(hass: HomeAssistant, entry: StellantisConfigEntry) -> dict[str, Any]:
    """Say how far the account has come, and why no further."""
    placeholders = entry.error_reason_translation_placeholders or {}
    token = entry.data["token"]
    return {
        "state": entry.state.value,
        "reason": entry.error_reason_translation_key,
        # A path may name a person.
        "reason_placeholders": {key: value for key, value in placeholders.items() if key != "path"},
        "version": f"{entry.version}.{entry.minor_version}",
        "sign_in": sign_in(hass, entry).state,
        "access_token_expires": dt_util.utc_from_timestamp(min(token["expires_at"], _END_OF_TIME)).isoformat(),
        "refresh_token": bool(token.get("refresh_token")),
    }


def _account(entry: StellantisConfigEntry) -> dict[str, Any]:
    return {
        "brand": entry.data[CONF_BRAND],
        "realm_of_the_brand": entry.data[CONF_REALM] == BRANDS[entry.data[CONF_BRAND]].realm,
        "api_of_the_vendor": entry.data[CONF_API_URL] == API_URL,
        "scopes": sorted(granted_scopes(entry.data)),
        "scope_separator": entry.data[CONF_SCOPE_SEPARATOR],
        "options": {**default_options(delivery_of(entry.data)), **entry.options} | _chosen(entry.options),
        "private_key_encrypted": CONF_PRIVATE_KEY_PASSWORD in entry.data,
        "own_ca_certificate": CONF_CA_CERTIFICATE_PATH in entry.data,
        "tutorial_spellings": list(entry.data.get(CONF_TUTORIAL_SPELLINGS, ())),
    }


def _chosen(options: Mapping[str, Any]) -> dict[str, bool]:
    """Say of the options that are entities only whether one is chosen: its name may be that of a place or a person."""
    return {key: True for key in (CONF_ENERGY_PRICE_ENTITY, CONF_ENERGY_PRICE_ZONE) if key in options}


async def _certificate(hass: HomeAssistant, entry: StellantisConfigEntry) -> dict[str, Any]:
    """Say until when the files as they are now can be used, or what is wrong with them."""
    try:
        credentials = await async_load_credentials(hass, entry.data)
    except CertificateError as err:
        return {"certificate_expires": None, "certificate_problem": {"file": err.file, "problem": err.problem}}
    return {"certificate_expires": credentials.expires.isoformat(), "certificate_problem": None}


def _car(account: Account, car: VehicleCoordinator) -> dict[str, Any]:
    vehicle = car.vehicle
    return {
        **_vehicle(vehicle),
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
        "charges": account.charges[vehicle.vin].state,
        "collisions": account.collisions[vehicle.vin].state,
        "trips": account.trips[vehicle.vin].state,
        "status": async_redact_data(car.data.as_dict(), _PRIVATE),
    }


def _vehicle(vehicle: Vehicle) -> dict[str, Any]:
    return {
        "brand": vehicle.brand,
        "label": vehicle.label,
        "motorization": vehicle.motorization,
        "capabilities": sorted(vehicle.capabilities),
        "pictures": len(vehicle.pictures),
    }
