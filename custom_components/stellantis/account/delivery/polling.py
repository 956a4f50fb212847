"""The vendor sends nothing: its callback is paused, and only there because remotes belong to one."""

from collections.abc import Callable
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ...const import CONF_CALLBACK_SECRET
from .address import external_url
from .method import body_attributes

_NOWHERE: Final = "https://homeassistant.invalid"
"""The host of no computer (RFC 6761), for the vendor wants an https address."""


class Polling:
    """The callback of an entry to which the vendor sends nothing."""

    pushes = False
    brings_status = False
    listening = False

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Start with nothing to do."""
        self._hass = hass
        self._entry = entry

    @property
    def state(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    async def async_start(self, on_listening: Callable[[], None]) -> None:
        """Do nothing: no message comes."""

    async def async_stop(self) -> None:
        """Do nothing: no message comes."""

    async def async_registration(self, *, lost: bool = False) -> dict[str, Any]:  # noqa: ARG002 - part of the protocol
        """Return an address that is never posted to."""
        return {
            "webhook": {
                "name": "Home Assistant",
                "target": f"{external_url(self._hass) or _NOWHERE}/",
                "attributes": body_attributes(self._entry.data[CONF_CALLBACK_SECRET]),
            }
        }

    def async_on_change(self, changed: Callable[[], None]) -> None:
        """Do nothing: any address will do."""
