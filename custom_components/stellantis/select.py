"""How a car charges: with which power, and to which extent."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import StellantisConfigEntry
from .api.remotes import Remote, SetChargingPreferences
from .api.status import CHARGING_LEVELS, CHARGING_TYPES, Charging
from .api.vehicle import Capability
from .api.words import slug
from .entity import StellantisEntity, async_add_capable

# `Commands` sends one remote at a time to each car; two cars must not wait for each other.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class StellantisSelectDescription(SelectEntityDescription):
    """A select: its capability, the vendor's words for its options, where the chosen one is read, and its remote.

    `asked` reads in a remote which option the car is to take.
    """

    capability: Capability
    words: tuple[str, ...]
    chosen: Callable[[Charging], str | None]
    asked: Callable[[SetChargingPreferences], str | None]
    remote: Callable[[str], Remote]


SELECTS = (
    StellantisSelectDescription(
        key="charging_level",
        capability=Capability.CHARGING_LEVEL,
        entity_category=EntityCategory.CONFIG,
        words=CHARGING_LEVELS,
        chosen=lambda charging: charging.power_level,
        asked=lambda remote: remote.level,
        remote=lambda word: SetChargingPreferences(level=word),
    ),
    StellantisSelectDescription(
        key="charging_type",
        capability=Capability.CHARGING_TYPE,
        entity_category=EntityCategory.CONFIG,
        words=CHARGING_TYPES,
        chosen=lambda charging: charging.type,
        asked=lambda remote: remote.extent,
        remote=lambda word: SetChargingPreferences(extent=word),
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the preferences of each car that takes them."""
    await async_add_capable(entry, async_add_entities, SELECTS, StellantisSelect)


class StellantisSelect(StellantisEntity, SelectEntity):
    """A preference of a car for its charges."""

    entity_description: StellantisSelectDescription

    @property
    @override
    def options(self) -> list[str]:
        return [slug(word) for word in self.entity_description.words]

    @property
    @override
    def current_option(self) -> str | None:
        if isinstance(self.edit, SetChargingPreferences):
            return slug(self.entity_description.asked(self.edit))
        charging = self.status.charging
        chosen = slug(self.entity_description.chosen(charging)) if charging else None
        return chosen if chosen in self.options else None

    @override
    async def async_select_option(self, option: str) -> None:
        word = self.entity_description.words[self.options.index(option)]
        await self.async_edit(self.entity_description.remote(word))
