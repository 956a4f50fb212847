"""Remotes that switch something on and off, and the preconditioning programs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, override

from homeassistant.components.switch import SwitchDeviceClass, SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import StellantisConfigEntry
from .api.remotes import DeclareStolen, Immobilize, Remote, SetPreconditioningPrograms, SwitchCharging, SwitchLights
from .api.status import SLOTS, Status
from .api.vehicle import Capability
from .entity import StellantisEntity, async_add_capable, async_add_reported
from .schedules import existing, find

# `Commands` sends one remote at a time to each car; two cars must not wait for each other.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class StellantisSwitchDescription(SwitchEntityDescription):
    """A switch: the capability that a car needs for it, its remote, and where its state is read.

    `reported` is whether the car reports the state; otherwise it is assumed from the last remote. `effect` is a word
    that is translated into a warning, for switches with grave effects.
    """

    capability: Capability
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
        # The pickers of the blueprints tell it from the other switches by this.
        device_class=SwitchDeviceClass.SWITCH,
        capability=Capability.CHARGING,
        remote=SwitchCharging,
        is_on=lambda status: status.charging.known_in_progress if status.charging else None,
    ),
    StellantisSwitchDescription(
        key="lights",
        capability=Capability.LIGHTS,
        remote=SwitchLights,
        is_on=lambda status: status.lights is not None and status.lights.on,
        reported=lambda _status: False,
    ),
    StellantisSwitchDescription(
        key="immobilization",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        capability=Capability.IMMOBILIZATION,
        remote=Immobilize,
        is_on=lambda status: status.immobilization.on if status.immobilization else None,
        reported=lambda _status: False,
        effect="keeps_from_starting",
    ),
    StellantisSwitchDescription(
        key="stolen",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        capability=Capability.STOLEN,
        remote=DeclareStolen,
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
    await async_add_capable(entry, async_add_entities, SWITCHES, StellantisSwitch)
    await async_add_reported(
        entry,
        async_add_entities,
        PROGRAMS,
        lambda car, _, switch: find(car.programs, switch.slot) is not None,
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
    blocks = ("preconditioning",)

    @property
    @override
    def is_on(self) -> bool | None:
        asked = self.edit.programs if isinstance(self.edit, SetPreconditioningPrograms) else self.coordinator.programs
        program = find(asked, self.entity_description.slot)
        return program.enabled if program else None

    @property
    @override
    def extra_state_attributes(self) -> dict[str, str | None]:
        car, slot = self.coordinator, self.entity_description.slot
        now, later = find(car.programs, slot), find(car.programs_to_be, slot)
        if now is None or later is None or now.enabled == later.enabled:
            return {"in_progress": None}
        return {"in_progress": "turning_on" if later.enabled else "turning_off"}

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        await self._async_enable(enabled=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        await self._async_enable(enabled=False)

    async def _async_enable(self, *, enabled: bool) -> None:
        program = existing(self.coordinator, self.entity_description.slot)
        await self.async_edit(SetPreconditioningPrograms(programs=(replace(program, enabled=enabled),)))
