"""What all entities of a car have in common."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Protocol, cast, override

from homeassistant.core import Context, callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .account import Account, StellantisConfigEntry
from .api.remotes import Remote
from .api.status import ALL_BLOCKS, Status
from .api.vehicle import Capability
from .const import DOMAIN
from .coordinator import Requester, VehicleCoordinator


class _Shown:
    """The status of a car as an entity reads it. The names of the blocks that it reads are added to `shown`."""

    __slots__ = ("_car", "_shown")

    def __init__(self, car: VehicleCoordinator, shown: set[str]) -> None:
        self._car = car
        self._shown = shown

    def __getattr__(self, name: str) -> Any:
        if name in ALL_BLOCKS:
            self._shown.add(name)
        else:
            self._shown |= ALL_BLOCKS
        return getattr(self._car.data, name)


class StellantisEntity(CoordinatorEntity[VehicleCoordinator]):
    """An entity of a car. The key of its description is its translation key too.

    After a push, its state is written only if a block has changed that it has read from `status`, or that is one of
    `blocks`: those that it shows by other ways.
    """

    _attr_has_entity_name = True
    blocks: ClassVar[Iterable[str]] = ()
    _written: object = None

    def __init__(self, car: VehicleCoordinator, description: EntityDescription) -> None:
        """Make the entity of this description for this car."""
        shown = set(self.blocks)
        super().__init__(car, shown)
        self._status = cast("Status", _Shown(car, shown))
        vehicle = car.vehicle
        self.entity_description = description
        self._attr_translation_key = description.key
        self._caller: Context | None = None  # of the service call that begins now
        self._sender: Context | None = None  # of the latest remote of this entity, or of the change that it made
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
        return self._status

    @property
    def account(self) -> Account:
        """The account of the car."""
        account: Account = self.coordinator.config_entry.runtime_data
        return account

    def in_progress(self, switch: Callable[[bool], Remote]) -> str | None:
        """Return the pending change of something that this remote switches on and off."""
        pending = self.coordinator.first_pending(type(switch(True)))
        return {switch(True): "turning_on", switch(False): "turning_off"}.get(pending) if pending else None

    @callback
    @override
    def async_set_context(self, context: Context) -> None:
        """Note whose service call comes next."""
        super().async_set_context(context)
        self._caller = context

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Attribute a change by a remote to whoever had it sent.

        Home Assistant attributes it to whoever used the entity within the last five seconds: a remote can take longer,
        and somebody else's may wait behind it. There is no public way to read or to clear `_context`.
        """
        requester = self.coordinator.requester(self.entity_id)
        if requester and requester.context:
            super().async_set_context(requester.context)
            self._sender = requester.context
        elif requester or self._context is self._sender:
            self._context = None
        values = self.state_values
        if values is None or self._as_written(values) != self._written:
            super()._handle_coordinator_update()
            self._written = self._as_written(values)

    def _as_written(self, values: object) -> tuple[object, ...]:
        """Return these values with the state that shows them: others write one too, as when the device is renamed."""
        return self.available, values, self.hass.states.get(self.entity_id)

    @property
    def state_values(self) -> tuple[object, ...] | None:
        """All that can change of the state while the entity is available: the state is not written again with the same.

        Home Assistant takes ten times as long to see that nothing has changed. None if it has to.
        """
        return None

    @property
    def edit(self) -> Remote | None:
        """The latest remote of this entity that has not ended."""
        return self.coordinator.latest_pending(self.entity_id)

    async def async_send(self, remote: Remote) -> None:
        """Have the car carry out a remote; returns when it has, raises a HomeAssistantError if it has not."""
        await self.account.commands.async_send(self.coordinator, remote, self._requester())

    async def async_edit(self, remote: Remote) -> None:
        """Do the same once the entity has not been edited for a moment, with the last edit only."""
        await self.account.commands.async_edit(self.coordinator, remote, self._requester())

    def _requester(self) -> Requester:
        # Pages, such as that of a calendar, call entities without saying for whom.
        self._sender, self._caller = self._caller, None
        return Requester(context=self._sender, entity_id=self.entity_id)


class _Described(Protocol):
    @property
    def key(self) -> str: ...


class _Capable(_Described, Protocol):
    @property
    def capability(self) -> Capability: ...


class _EntityType[D](Protocol):
    @property
    def blocks(self) -> Iterable[str]: ...

    def __call__(self, car: VehicleCoordinator, description: D, /) -> StellantisEntity: ...


async def async_add_capable[D: _Capable](
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    descriptions: Iterable[D],
    entity: _EntityType[D],
) -> None:
    """Add an entity of each of these descriptions to a car as soon as the car has its capability.

    An entity stays until the account is set up again if the car loses the capability: one answer of the vendor may be
    wrong, and a command says what the vendor thinks of it.
    """
    await async_add_reported(
        entry,
        async_add_entities,
        descriptions,
        lambda car, _, each: each.capability in car.vehicle.capabilities,
        entity,
    )


async def async_add_reported[D: _Described](
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    descriptions: Iterable[D],
    reported: Callable[[VehicleCoordinator, Status, D], bool],
    entity: _EntityType[D],
) -> None:
    """Add an entity of each of these descriptions to a car as soon as the car has reported what it shows.

    Of several descriptions with one key, which are for different kinds of cars, a car gets one. `reported` is asked
    again after a push only if a block has changed that it has read from the status, or one of the entity's `blocks`.
    """

    def follow(car: VehicleCoordinator) -> None:
        missing, read = list(descriptions), set(entity.blocks)
        status = cast("Status", _Shown(car, read))

        @callback
        def add() -> None:
            found = [description for description in missing if reported(car, status, description)]
            # A late report of a removed car must not add its entities again.
            if found and entry.runtime_data.cars.get(car.vehicle.vin) is car:
                added = {description.key for description in found}
                missing[:] = [description for description in missing if description.key not in added]
                async_add_entities(entity(car, description) for description in found)

        add()
        if missing:
            entry.async_on_unload(car.async_add_listener(add, read))

    await entry.runtime_data.car_list.async_on_car(follow)
