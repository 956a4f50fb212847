"""What happens once: a car shows an alert, is broken into or collides, a remote ends, a charge begins or ends."""

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import Final, override

from homeassistant.components.event import EventEntity, EventEntityDescription, EventExtraStoredData
from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import Outcome, Result, StellantisConfigEntry
from .api.status import BREAK_INS, Alert
from .api.words import slug
from .const import EVENT_ALERT
from .coordinator import VehicleCoordinator
from .entity import StellantisEntity, async_add_reported
from .history.charges import STARTED, Charge, ChargeResult
from .history.collisions import KINDS, Collision

PARALLEL_UPDATES = 0

INFORMATION: Final = "information"
ALERT: Final = EventEntityDescription(key="alert", event_types=[INFORMATION, "warning", "critical"])

REMOTE: Final = EventEntityDescription(key="remote", event_types=list(Result))

CHARGE: Final = EventEntityDescription(key="charge", event_types=[STARTED, *ChargeResult])

COLLISION: Final = EventEntityDescription(key="collision", event_types=list(KINDS))

CHARGE_ATTRIBUTES: Final = ("from", "to", "energy", "duration", "average_power", "place", "cost")

BROKEN_INTO: Final = "other"
"""The type of a break-in of which the vendor's word is not known."""
INTRUSION: Final = EventEntityDescription(
    key="intrusion", event_types=[*(slug(trigger) for trigger in BREAK_INS), BROKEN_INTO]
)

REMEMBERED: Final = 100
"""How many ended alerts are remembered, in case the vendor reports them again."""


async def async_setup_entry(
    _hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the event of remotes of each car that takes any, the others of each that reports what they tell.

    The event of collisions is that of each car that reports anything: none says before one that it can report it.
    """
    client = entry.runtime_data.client
    await async_add_reported(
        entry, async_add_entities, [REMOTE], lambda car, _status, _: bool(car.vehicle.capabilities), RemoteEvent
    )
    await async_add_reported(
        entry, async_add_entities, [ALERT], lambda _car, status, _: status.alerts is not None, AlertEvent
    )
    await async_add_reported(
        entry, async_add_entities, [CHARGE], lambda _car, status, _: status.charging is not None, ChargeEvent
    )
    await async_add_reported(
        entry, async_add_entities, [INTRUSION], lambda _car, status, _: status.alarm is not None, IntrusionEvent
    )
    if client.can_read_collisions:
        await async_add_reported(
            entry, async_add_entities, [COLLISION], lambda _car, status, _: status.newest is not None, CollisionEvent
        )


@dataclass
class _StoredAlerts(EventExtraStoredData):
    """What outlives a restart: the last event, and the ids of the alerts that have been announced."""

    told: list[str]


class AlertEvent(StellantisEntity, EventEntity):
    """A new alert of a car."""

    def __init__(self, car: VehicleCoordinator, description: EventEntityDescription) -> None:
        """Make the event. Alerts that are active when the car is first seen are not announced."""
        super().__init__(car, description)
        self._announced = [alert.id for alert in self._active]

    @property
    def _active(self) -> tuple[Alert, ...]:
        return self.status.alerts.active if self.status.alerts else ()

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        stored = await self.async_get_last_extra_data()
        if stored and (announced := stored.as_dict().get("told")) is not None:
            self._announced = announced
            # Later: until the entity is added, Home Assistant merges all states into one.
            self.hass.loop.call_soon(self._announce_new_alerts)

    @property
    @override
    def extra_restore_state_data(self) -> _StoredAlerts:
        return _StoredAlerts(**asdict(super().extra_restore_state_data), told=self._announced)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        self._announce_new_alerts()
        super()._handle_coordinator_update()

    @callback
    def _announce_new_alerts(self) -> None:
        active = {alert.id: alert for alert in self._active}
        new = [alert for alert in active.values() if alert.id not in self._announced]
        over = [alert_id for alert_id in self._announced if alert_id not in active]
        self._announced = [*over[-REMEMBERED:], *active]
        for alert in new:
            severity, alert_type = slug(alert.severity), slug(alert.type)
            self._trigger_event(severity if severity in self.event_types else INFORMATION, {"alert_type": alert_type})
            self.async_write_ha_state()
            device_id = self.device_entry.id if self.device_entry else None
            self.hass.bus.async_fire(
                EVENT_ALERT, {"device_id": device_id, "entity_id": self.entity_id, "alert_type": alert_type}
            )


@dataclass(frozen=True)
class _BreakIn:
    """A break-in: its trigger, and when it began if the car tells."""

    trigger: str | None
    at: str | None

    def is_after(self, told: _BreakIn | None) -> bool:
        """Return whether this is another break-in. The time of one often comes later than its trigger."""
        if told is None or self.trigger != told.trigger:
            return True
        return self.at is not None and told.at is not None and self.at > told.at


@dataclass
class _StoredIntrusion(EventExtraStoredData):
    """What outlives a restart: the last event, and the break-in that has been announced and goes on."""

    told: _BreakIn | None


class IntrusionEvent(StellantisEntity, EventEntity):
    """A car is broken into."""

    def __init__(self, car: VehicleCoordinator, description: EventEntityDescription) -> None:
        """Make the event. A break-in that a car reports when it is first seen is not announced."""
        super().__init__(car, description)
        self._told = self._current

    @property
    def _current(self) -> _BreakIn | None:
        alarm = self.status.alarm
        if not alarm or not alarm.broken_into:
            return None
        return _BreakIn(slug(alarm.trigger), alarm.triggered_at.isoformat() if alarm.triggered_at else None)

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        if stored := await self.async_get_last_extra_data():
            told = stored.as_dict().get("told")
            self._told = _BreakIn(**told) if told else None
            # Later: until the entity is added, Home Assistant merges all states into one.
            self.hass.loop.call_soon(self._announce)

    @property
    @override
    def extra_restore_state_data(self) -> _StoredIntrusion:
        return _StoredIntrusion(**asdict(super().extra_restore_state_data), told=self._told)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        self._announce()
        super()._handle_coordinator_update()

    @callback
    def _announce(self) -> None:
        current, told = self._current, self._told
        if current is None or current.is_after(told):
            self._told = current
        elif told and told.at is None:
            self._told = current  # it tells its time by now
        if current and current.is_after(told):
            self._trigger_event(
                current.trigger if current.trigger in self.event_types else BROKEN_INTO,
                {"triggered_at": current.at},
            )
            self.async_write_ha_state()


class _HeardEvent(StellantisEntity, EventEntity, ABC):
    """What is heard from the account, first what was not told before a restart."""

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        # Later: until the entity is added, Home Assistant merges all states into one.
        self.hass.loop.call_soon(lambda: self.async_on_remove(self._listen()))

    @abstractmethod
    def _listen(self) -> CALLBACK_TYPE:
        """Listen to what happens; return how to stop."""


class RemoteEvent(_HeardEvent):
    """How each remote ended, also one that was sent before a restart."""

    @override
    def _listen(self) -> CALLBACK_TYPE:
        return self.account.outcomes.async_listen(self.coordinator.vehicle.vin, self._async_show)

    @callback
    def _async_show(self, outcome: Outcome) -> None:
        # Always set a context, or Home Assistant reuses the previous event's for five seconds.
        self.async_set_context(outcome.requester.context or Context())
        self._trigger_event(
            outcome.result,
            {
                "remote": outcome.remote,
                "action": outcome.action,
                "failure_cause": outcome.failure_cause,
                "duration": outcome.duration,
            },
        )
        self.async_write_ha_state()


class ChargeEvent(_HeardEvent):
    """What happens to the charges of a car, also what happened before a restart and was not told."""

    @override
    def _listen(self) -> CALLBACK_TYPE:
        return self.account.charges[self.coordinator.vehicle.vin].async_listen(self._async_show)

    @callback
    def _async_show(self, happened: str, charge: Charge) -> None:
        told = charge.as_dict()
        self._trigger_event(happened, {name: told[name] for name in CHARGE_ATTRIBUTES})
        self.async_write_ha_state()


class CollisionEvent(_HeardEvent):
    """Each collision of a car, also what happened before a restart and was not told."""

    @override
    def _listen(self) -> CALLBACK_TYPE:
        return self.account.collisions[self.coordinator.vehicle.vin].async_listen(self._async_show)

    @callback
    def _async_show(self, collision: Collision) -> None:
        self._trigger_event(collision.kind, collision.attributes)
        self.async_write_ha_state()
