"""What all entities of a car have in common."""

from collections.abc import Callable, Iterable
from typing import override

from homeassistant.core import Context, callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .account.account import StellantisConfigEntry
from .account.outcomes import Asker
from .api.remotes import Remote
from .api.status import Status
from .const import DOMAIN
from .coordinator import VehicleCoordinator


class StellantisEntity(CoordinatorEntity[VehicleCoordinator]):
    """An entity of a car; its description's key is its translation key too."""

    _attr_has_entity_name = True

    def __init__(self, car: VehicleCoordinator, description: EntityDescription) -> None:
        """Make the entity of this description for this car."""
        super().__init__(car)
        vehicle = car.vehicle
        self.entity_description = description
        self._attr_translation_key = description.key
        self._asked_by: Context | None = None
        self._attr_unique_id = f"{vehicle.vin}_{description.key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, vehicle.vin)},
            name=vehicle.name,
            manufacturer=vehicle.brand,
            model=vehicle.label,
            serial_number=vehicle.vin,
        )

    @property
    @override
    def available(self) -> bool:
        return self.coordinator.available

    @property
    def status(self) -> Status:
        """What is known of the car."""
        return self.coordinator.data

    def in_progress(self, switch: Callable[[bool], Remote]) -> str | None:
        """Return what the car is being asked to do about something that this remote switches on and off."""
        asked = self.coordinator.asked(type(switch(True)))
        return {switch(True): "turning_on", switch(False): "turning_off"}.get(asked) if asked else None

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        if self._asked_by:  # which Home Assistant forgets within seconds
            self.async_set_context(self._asked_by)
        super()._handle_coordinator_update()

    async def async_send(self, remote: Remote) -> None:
        """Have the car carry out a remote; returns when it has, raises a HomeAssistantError if it has not."""
        self._asked_by = context = self._context
        try:
            await self.coordinator.config_entry.runtime_data.commands.async_send(
                self.coordinator, remote, Asker(context=context, entity_id=self.entity_id)
            )
        finally:
            if self._asked_by is context:
                # Home Assistant would go on taking it for that of the next one, who may have none.
                self._asked_by = self._context = None


@callback
def add_cars(
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    entities: Callable[[VehicleCoordinator], Iterable[StellantisEntity]],
) -> None:
    """Add the entities of each car that the account has, and of those that appear later."""
    entry.runtime_data.on_car(lambda car: async_add_entities(entities(car)))


@callback
def add_reported[D: EntityDescription](
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    descriptions: Iterable[D],
    reported: Callable[[VehicleCoordinator, D], bool],
    entity: Callable[[VehicleCoordinator, D], StellantisEntity],
) -> None:
    """Add an entity of each of these descriptions to a car as soon as the car has reported what it shows."""

    def follow(car: VehicleCoordinator) -> None:
        missing = list(descriptions)

        @callback
        def add() -> None:
            found = [description for description in missing if reported(car, description)]
            # What still arrives of a car that is gone must not bring it back.
            if found and entry.runtime_data.cars.get(car.vehicle.vin) is car:
                missing[:] = [description for description in missing if description not in found]
                async_add_entities(entity(car, description) for description in found)

        add()
        entry.async_on_unload(car.async_add_listener(add))

    entry.runtime_data.on_car(follow)
