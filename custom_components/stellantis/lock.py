"""The doors of a car as a lock."""

from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.lock import LockEntity, LockEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import StellantisConfigEntry
from .api.remotes import LockDoors
from .api.vehicle import Capability
from .entity import StellantisEntity, async_add_capable

# `Commands` sends one remote at a time to each car; two cars must not wait for each other.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class StellantisLockDescription(LockEntityDescription):
    """A lock: the capability that a car needs for it."""

    capability: Capability


DOORS = StellantisLockDescription(key="doors", capability=Capability.DOORS)


async def async_setup_entry(
    _hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the lock of each car that can be locked."""
    await async_add_capable(entry, async_add_entities, [DOORS], StellantisLock)


class StellantisLock(StellantisEntity, LockEntity):
    """The doors of a car."""

    @property
    @override
    def is_locked(self) -> bool | None:
        return self.status.doors.secured if self.status.doors else None

    @property
    @override
    def is_locking(self) -> bool:
        return self.coordinator.first_pending(LockDoors) == LockDoors(locked=True)

    @property
    @override
    def is_unlocking(self) -> bool:
        return self.coordinator.first_pending(LockDoors) == LockDoors(locked=False)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, list[str]]:
        doors = self.status.doors
        return {"not_locked": [*doors.parts_unlocked, *(f"{door}_open" for door in doors.open)] if doors else []}

    @override
    async def async_lock(self, **kwargs: Any) -> None:
        await self.async_send(LockDoors(locked=True))

    @override
    async def async_unlock(self, **kwargs: Any) -> None:
        await self.async_send(LockDoors(locked=False))
