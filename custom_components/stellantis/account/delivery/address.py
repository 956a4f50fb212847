"""Where the vendor can reach this Home Assistant: a cloudhook, else an external https address."""

import asyncio
from collections.abc import Callable
import logging
from types import ModuleType
from typing import Any, Final

from hass_nabucasa import CloudError
from hass_nabucasa.iot_base import NotConnected
from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID, EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.network import NoURLAvailableError, get_url

from ...const import CONF_CLOUDHOOK_URL
from ...issues import Issue, async_hide_issue, async_show_issue
from ...translate import NoCloudhookError, NoUrlError

_LOGGER = logging.getLogger(__name__)

_CLOUD_ERRORS: Final = (CloudError, NotConnected, TimeoutError, ValueError)


def _cloud(hass: HomeAssistant) -> ModuleType | None:
    """Return Home Assistant's cloud integration if it is set up; its import fails where its libraries are missing."""
    if "cloud" not in hass.config.components:
        return None
    from homeassistant.components import cloud  # noqa: PLC0415

    return cloud


def _active_cloud(hass: HomeAssistant) -> ModuleType | None:
    cloud = _cloud(hass)
    return cloud if cloud and cloud.async_active_subscription(hass) else None


def external_url(hass: HomeAssistant) -> str | None:
    """Return the external https address of Home Assistant, without a cloud; None if there is none."""
    try:
        return get_url(hass, allow_internal=False, allow_cloud=False, allow_ip=False, require_ssl=True)
    except NoURLAvailableError:
        return None


def has_address(hass: HomeAssistant) -> bool:
    """Tell whether the vendor can post to this Home Assistant."""
    return _active_cloud(hass) is not None or external_url(hass) is not None


@callback
def async_on_external_url(hass: HomeAssistant, entry: ConfigEntry[Any], changed: Callable[[], None]) -> None:
    """Call `changed` whenever the external address may be another one, until the entry is unloaded."""

    @callback
    def config_changed(event: Event[Any]) -> None:
        if "external_url" in event.data:
            changed()

    entry.async_on_unload(hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, config_changed))


class Address:
    """The address of one entry's webhook."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Start with what the entry remembers."""
        self._hass = hass
        self._entry = entry
        self._webhook_id: str = entry.data[CONF_WEBHOOK_ID]
        self._asking = asyncio.Lock()
        self._known: str | None = None

    async def async_url(self) -> str:
        """Return the address that the vendor posts to. Raises NoUrlError or NoCloudhookError if there is none."""
        async with self._asking:  # Home Assistant tells of a new cloudhook before it returns it
            self._known = None
            self._known = await self._async_url()
            return self._known

    async def _async_url(self) -> str:
        if cloud := _active_cloud(self._hass):
            url = await self._async_cloudhook(cloud)
        elif base := external_url(self._hass):
            url = f"{base}{webhook.async_generate_path(self._webhook_id)}"
        else:
            async_show_issue(self._hass, self._entry, Issue.NO_URL)
            raise NoUrlError
        async_hide_issue(self._hass, self._entry, Issue.NO_URL)
        return url

    @callback
    def async_on_change(self, changed: Callable[[], None]) -> None:
        """Call `changed` whenever the address may be another one, until the entry is unloaded."""

        @callback
        def cloud_changed(_state: object) -> None:
            self._entry.async_create_background_task(
                self._hass, self._async_compare(changed), "look at the cloud's address"
            )

        until_unload = self._entry.async_on_unload
        async_on_external_url(self._hass, self._entry, changed)
        if cloud := _cloud(self._hass):
            until_unload(cloud.async_listen_connection_change(self._hass, cloud_changed))
            until_unload(cloud.async_listen_cloudhook_change(self._hass, self._webhook_id, cloud_changed))

    async def _async_compare(self, changed: Callable[[], None]) -> None:
        """Call `changed` if the address is another one than before.

        The cloud connects and disconnects often, and tells of the cloudhooks of other integrations too.
        """
        async with self._asking:
            before = self._known
        try:
            url: str | None = await self.async_url()
        except NoUrlError, NoCloudhookError:
            url = None
        if url != before:
            changed()

    async def _async_cloudhook(self, cloud: ModuleType) -> str:
        """Return the cloudhook; while the cloud does not answer, the one that is remembered."""
        remembered: str | None = self._entry.data.get(CONF_CLOUDHOOK_URL)
        try:
            hook: str = await cloud.async_get_or_create_cloudhook(self._hass, self._webhook_id)
        except (cloud.CloudNotAvailable, *_CLOUD_ERRORS) as err:
            if remembered is None:
                raise NoCloudhookError from err
            return remembered
        if hook != remembered:
            data = {**self._entry.data, CONF_CLOUDHOOK_URL: hook}
            self._hass.config_entries.async_update_entry(self._entry, data=data)
        return hook


async def async_delete_cloudhook(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Delete the cloudhook of an entry that is being removed."""
    cloud = _cloud(hass)
    if cloud is None or CONF_CLOUDHOOK_URL not in entry.data:
        return
    try:
        await cloud.async_delete_cloudhook(hass, entry.data[CONF_WEBHOOK_ID])
    except (cloud.CloudNotAvailable, *_CLOUD_ERRORS) as err:
        _LOGGER.warning("The cloudhook could not be deleted: %r", err)
