"""The doors of a car as a lock."""

from typing import Any, override

from homeassistant.components.lock import LockEntity, LockEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account.account import StellantisConfigEntry
from .api.remotes import Doors
from .entity import StellantisEntity, add_cars

# Remotes wait for their turn car by car; two cars must not wait for each other.
PARALLEL_UPDATES = 0

DOORS = LockEntityDescription(key="doors")


async def async_setup_entry(
    _hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the lock of each car that can be locked."""
    add_cars(
        entry,
        async_add_entities,
        lambda car: [StellantisLock(car, DOORS)] if "doors" in car.vehicle.capabilities else [],
    )


class StellantisLock(StellantisEntity, LockEntity):
    """The doors of a car."""

    @property
    @override
    def is_locked(self) -> bool | None:
        return self.status.doors.locked if self.status.doors else None

    @property
    @override
    def is_locking(self) -> bool:
        return self.coordinator.asked(Doors) == Doors("Locked")

    @property
    @override
    def is_unlocking(self) -> bool:
        return self.coordinator.asked(Doors) == Doors("Unlocked")

    @override
    async def async_lock(self, **kwargs: Any) -> None:
        await self.async_send(Doors("Locked"))

    @override
    async def async_unlock(self, **kwargs: Any) -> None:
        await self.async_send(Doors("Unlocked"))
