"""The vendor's picture of a car."""

from datetime import datetime, timedelta
from typing import Final, override

from homeassistant.components.image import ImageEntity, ImageEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .account import StellantisConfigEntry
from .coordinator import VehicleCoordinator
from .entity import StellantisEntity, async_add_reported

PARALLEL_UPDATES = 0

PICTURE: Final = ImageEntityDescription(key="picture")

RETRY_INTERVAL: Final = timedelta(hours=1)
"""How long a failed download is not repeated: Home Assistant logs each failure as an error."""


async def async_setup_entry(
    _hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the picture of each car that has one."""
    await async_add_reported(
        entry, async_add_entities, [PICTURE], lambda car, _status, _: bool(car.vehicle.pictures), StellantisImage
    )


class StellantisImage(StellantisEntity, ImageEntity):
    """The picture of a car, fetched when somebody looks at it."""

    def __init__(self, car: VehicleCoordinator, description: ImageEntityDescription) -> None:
        """Make the image without fetching it."""
        super().__init__(car, description)
        ImageEntity.__init__(self, car.hass, verify_ssl=True)
        self._failed_at: datetime | None = None
        self._choose_picture()

    @override
    async def async_image(self) -> bytes | None:
        if self._failed_at and dt_util.utcnow() < self._failed_at + RETRY_INTERVAL:
            return None
        image = await super().async_image()
        self._failed_at = dt_util.utcnow() if image is None else None
        return image

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        self._choose_picture()
        super()._handle_coordinator_update()

    def _choose_picture(self) -> None:
        url = next(iter(self.coordinator.vehicle.pictures), self._attr_image_url)
        if url != self._attr_image_url:
            self._attr_image_url = url
            self._attr_image_last_updated = dt_util.utcnow()
            self._cached_image = None
            self._failed_at = None
