"""What a car can be asked to switch on and off, its preconditioning programs among it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account.account import StellantisConfigEntry
from .api.remotes import Charging, Immobilization, Lights, PreconditioningPrograms, Remote, Stolen
from .api.status import ChargingStatus, Status
from .api.status.blocks import SLOTS
from .entity import StellantisEntity, add_cars, add_reported
from .schedules import existing, find

# Remotes wait for their turn car by car; two cars must not wait for each other.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class StellantisSwitchDescription(SwitchEntityDescription):
    """A switch: the capability that a car needs for it, its remote, and where its state is read.

    Where cars need not report the state, what was last done is assumed. `effect` is for those that do more than they
    seem to: a word that is translated into a sentence about it.
    """

    capability: str
    remote: Callable[[bool], Remote]
    is_on: Callable[[Status], bool | None]
    reported: Callable[[Status], bool] = lambda _status: True
    effect: str | None = None


@dataclass(frozen=True, kw_only=True)
class ProgramSwitchDescription(SwitchEntityDescription):
    """A switch of the preconditioning program in a slot."""

    slot: int


SWITCHES = (
    StellantisSwitchDescription(
        key="charging",
        capability="charging",
        remote=Charging,
        is_on=lambda status: (
            status.charging.status == ChargingStatus.IN_PROGRESS
            if status.charging and status.charging.status is not None
            else None
        ),
    ),
    StellantisSwitchDescription(
        key="lights",
        capability="lights",
        remote=Lights,
        is_on=lambda status: status.lights is not None and status.lights.on,
        reported=lambda _status: False,
    ),
    StellantisSwitchDescription(
        key="immobilization",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        capability="immobilization",
        remote=Immobilization,
        is_on=lambda status: status.immobilization.on if status.immobilization else None,
        reported=lambda _status: False,
        effect="keeps_from_starting",
    ),
    StellantisSwitchDescription(
        key="stolen",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        capability="stolen",
        remote=Stolen,
        is_on=lambda status: status.stolen.on if status.stolen else None,
        reported=lambda status: status.stolen is not None and not status.stolen.assumed,
        effect="declares_theft",
    ),
)
PROGRAMS = tuple(
    ProgramSwitchDescription(
        key=f"preconditioning_program_{slot}",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        slot=slot,
    )
    for slot in range(1, SLOTS + 1)
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the switches of each car."""
    add_cars(
        entry,
        async_add_entities,
        lambda car: [
            StellantisSwitch(car, switch) for switch in SWITCHES if switch.capability in car.vehicle.capabilities
        ],
    )
    add_reported(
        entry,
        async_add_entities,
        PROGRAMS,
        lambda car, switch: find(car.programs, switch.slot) is not None,
        ProgramSwitch,
    )


class StellantisSwitch(StellantisEntity, SwitchEntity):
    """A switch of a car."""

    entity_description: StellantisSwitchDescription

    @property
    @override
    def assumed_state(self) -> bool:
        return not self.entity_description.reported(self.status)

    @property
    @override
    def is_on(self) -> bool | None:
        return self.entity_description.is_on(self.status)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, str | None]:
        effect = self.entity_description.effect
        return {
            "in_progress": self.in_progress(self.entity_description.remote),
            **({"effect": effect} if effect else {}),
        }

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        await self.async_send(self.entity_description.remote(True))

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        await self.async_send(self.entity_description.remote(False))


class ProgramSwitch(StellantisEntity, SwitchEntity):
    """Whether the preconditioning program in a slot is enabled."""

    entity_description: ProgramSwitchDescription

    @property
    @override
    def is_on(self) -> bool | None:
        program = find(self.coordinator.programs, self.entity_description.slot)
        return program.enabled if program else None

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        await self._async_enable(enabled=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        await self._async_enable(enabled=False)

    async def _async_enable(self, *, enabled: bool) -> None:
        program = existing(self.coordinator, self.entity_description.slot)
        await self.async_send(PreconditioningPrograms(programs=(replace(program, enabled=enabled),)))
