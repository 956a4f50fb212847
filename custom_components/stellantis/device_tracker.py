"""Where a car is."""

from typing import Any, Final, override

from homeassistant.components.device_tracker import TrackerEntity, TrackerEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import StellantisConfigEntry
from .api.status import Position
from .entity import StellantisEntity, async_add_reported

PARALLEL_UPDATES = 0

LOCATION: Final = TrackerEntityDescription(key="location")


async def async_setup_entry(
    _hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the tracker of each car that tells where it is."""
    await async_add_reported(
        entry, async_add_entities, [LOCATION], lambda _car, status, _: status.position is not None, StellantisTracker
    )


class StellantisTracker(StellantisEntity, TrackerEntity):
    """The position of a car."""

    @property
    def _position(self) -> Position | None:
        # The driver's choice hides the last known position too.
        privacy = self.status.privacy
        return None if privacy and privacy.hides_position else self.status.position

    @property
    @override
    def latitude(self) -> float | None:
        return self._position.latitude if self._position else None

    @property
    @override
    def longitude(self) -> float | None:
        return self._position.longitude if self._position else None

    @property
    @override
    def entity_category(self) -> None:
        """None: trackers are diagnostic by default, and dashboards and voice assistants hide those."""

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        position = self._position
        return {
            "heading": position.heading if position else None,
            "reported_at": position.at if position else None,
        }
