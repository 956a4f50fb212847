"""Stellantis: Peugeot, Citroën, DS, Opel and Vauxhall cars over the vendor's end-user web API."""

import logging

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.typing import ConfigType

from .account import (
    StellantisConfigEntry,
    async_create_account,
    async_delete_cloudhook,
    async_remove_storage,
    get_removals,
)
from .api.errors import StellantisError
from .const import CONF_DELIVERY, DOMAIN, Delivery
from .history.storage import async_remove_history
from .oauth import TokenStorage
from .services import async_setup_services
from .sign_in import async_forget_sign_in
from .translate import GRANT_ERRORS, translate, translation
from .unique_id import migrated
from .uploads import async_keep_uploads

_LOGGER = logging.getLogger(__name__)

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CALENDAR,
    Platform.CLIMATE,
    Platform.DEVICE_TRACKER,
    Platform.EVENT,
    Platform.IMAGE,
    Platform.LOCK,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
    Platform.TIME,
]

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Register the actions, which exist without an account too, and go on with removals that are not finished."""
    async_setup_services(hass)
    await get_removals(hass).async_resume()
    return True


async def async_setup_entry(hass: HomeAssistant, entry: StellantisConfigEntry) -> bool:
    """Set up an account."""
    try:
        await async_keep_uploads(hass, entry)
    except OSError as err:
        raise ConfigEntryNotReady(**translation("file_not_written")) from err
    try:
        entry.runtime_data = await async_create_account(hass, entry)
        await entry.runtime_data.async_start()
    except GRANT_ERRORS as err:  # of a token that cannot be refreshed: it will never be accepted again
        raise ConfigEntryAuthFailed(**translate(err)) from err
    except StellantisError as err:
        raise ConfigEntryNotReady(**translate(err)) from err
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_migrate_entry(hass: HomeAssistant, entry: StellantisConfigEntry) -> bool:
    """Bring the data of an older version up to date."""
    version = (entry.version, entry.minor_version)
    if version < (1, 2):
        changed = migrated(entry)
        if hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, changed or "") not in (None, entry):
            _LOGGER.warning("%s: this account has been added twice, remove one of the two", entry.title)
            changed = entry.unique_id
        hass.config_entries.async_update_entry(entry, unique_id=changed, minor_version=2)
    if version < (1, 3):
        data = {CONF_DELIVERY: Delivery.WEBHOOK.value, **entry.data}
        hass.config_entries.async_update_entry(entry, data=data, minor_version=3)
    return entry.version == 1  # what a later minor version has changed does no harm


async def async_unload_entry(hass: HomeAssistant, entry: StellantisConfigEntry) -> bool:
    """Unload an account. What the vendor holds for it stays as it is."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    # Here, because Home Assistant does not wait long for what `async_on_unload` has registered.
    await entry.runtime_data.async_stop()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: StellantisConfigEntry) -> None:
    """Take back what the vendor, and Home Assistant Cloud, hold for an account."""
    await async_delete_cloudhook(hass, entry)
    await get_removals(hass).async_add(entry.data, entry_id=entry.entry_id)
    await async_remove_storage(hass, entry)
    await async_remove_history(hass, entry)
    await TokenStorage(hass, entry).async_remove()
    async_forget_sign_in(hass, entry)


async def async_remove_config_entry_device(
    _hass: HomeAssistant, entry: StellantisConfigEntry, device: dr.DeviceEntry
) -> bool:
    """Let the user delete a car that the account no longer has."""
    if entry.state is not ConfigEntryState.LOADED or (DOMAIN, entry.entry_id) in device.identifiers:
        return False
    vins = [vin for domain, vin in device.identifiers if domain == DOMAIN]
    return all([await entry.runtime_data.car_list.async_let_go(vin) for vin in vins])
