"""Which account has a car that several accounts share: a car has its entities once."""

from collections.abc import Callable
from typing import Any, Final

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_connect, async_dispatcher_send
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.signal_type import SignalType

from ..const import DOMAIN

_CLAIMS: Final[HassKey[dict[str, str]]] = HassKey(f"{DOMAIN}_claims")
_WANTED: Final[HassKey[dict[str, set[str]]]] = HassKey(f"{DOMAIN}_wanted")
_RELEASED: Final[SignalType[()]] = SignalType(f"{DOMAIN}_car_released")


class Claims:
    """The cars that one account has, out of those that its list names.

    A car stays in the account that has its device, over restarts, in whichever order accounts are set up.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Start without a car."""
        self._hass = hass
        self._entry = entry
        self._claims = hass.data.setdefault(_CLAIMS, {})  # entry ids, by VIN
        self._wanted = hass.data.setdefault(_WANTED, {})  # entry ids of the others whose list names a car, by VIN

    @callback
    def async_take(self, vin: str, *, starting: bool) -> ConfigEntry[Any] | None:
        """Take a car, or return the entry of the other account that has it.

        `starting` is whether Home Assistant may just be setting up all accounts, one after the other.
        """
        if other := self._holder(vin, starting=starting):
            self._wanted.setdefault(vin, set()).add(self._entry.entry_id)
            return other
        self.async_give_up(vin)
        self._claims[vin] = self._entry.entry_id
        return None

    @callback
    def async_give_up(self, vin: str) -> None:
        """Want a car no more that another account has."""
        self._wanted.get(vin, set()).discard(self._entry.entry_id)

    def is_wanted(self, vin: str) -> bool:
        """Return whether the list of another account names a car."""
        return bool(self._wanted.get(vin))

    @callback
    def async_release(self, vin: str) -> None:
        """Leave a car to other accounts."""
        if self._claims.get(vin) == self._entry.entry_id:
            del self._claims[vin]
            async_dispatcher_send(self._hass, _RELEASED)

    @callback
    def async_release_all(self) -> None:
        """Leave all cars to other accounts, which will see whether this one only starts again."""
        for vin in self._wanted:
            self.async_give_up(vin)
        for vin in [vin for vin, entry_id in self._claims.items() if entry_id == self._entry.entry_id]:
            self.async_release(vin)

    @callback
    def async_on_release(self, listener: Callable[[], None]) -> None:
        """Call `listener` when another account may have left a car to others."""

        @callback
        def hear_of_change(change: ConfigEntryChange, entry: ConfigEntry[Any]) -> None:
            gone = change is ConfigEntryChange.REMOVED or entry.disabled_by
            if entry.domain == DOMAIN and entry is not self._entry and gone:
                listener()

        self._entry.async_on_unload(async_dispatcher_connect(self._hass, _RELEASED, listener))
        self._entry.async_on_unload(async_dispatcher_connect(self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, hear_of_change))

    def _holder(self, vin: str, *, starting: bool) -> ConfigEntry[Any] | None:
        entries = self._hass.config_entries
        if holder := self._claims.get(vin):
            return entries.async_get_entry(holder) if holder != self._entry.entry_id else None
        others = [other for other in entries.async_entries(DOMAIN, include_disabled=False) if other is not self._entry]
        return next((other for other in others if self._waits_for(other, vin, starting=starting)), None)

    def _waits_for(self, other: ConfigEntry[Any], vin: str, *, starting: bool) -> bool:
        """Return whether a car belongs to an account that does not run at the moment."""
        if other.state is ConfigEntryState.LOADED:
            return False  # it would have taken the car
        if other.state is ConfigEntryState.NOT_LOADED and not starting:
            return False  # it has been unloaded
        theirs, ours = (_has_device(self._hass, entry, vin) for entry in (other, self._entry))
        return theirs and (not ours or other.created_at < self._entry.created_at)


def _has_device(hass: HomeAssistant, entry: ConfigEntry[Any], vin: str) -> bool:
    return dr.async_get(hass).async_get_device_by_identifier((DOMAIN, vin), entry.entry_id) is not None
