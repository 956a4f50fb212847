"""The charges of one car in Home Assistant: where they are, what they cost, who is told."""

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.components.zone import ENTITY_ID_HOME, async_active_zone, in_zone
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, UnitOfEnergy
from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.helpers.event import async_track_point_in_utc_time, async_track_state_change_event
from homeassistant.util import dt as dt_util

from ..api.lenient import MAX_NUMBER, as_text
from ..api.status import Position, Status
from ..const import CONF_CHARGING_LOSS, CONF_ENERGY_PRICE_ENTITY, CONF_ENERGY_PRICE_ZONE
from .charges import CHARGE_BLOCKS, Charge, ChargeRecognition, Circumstances
from .estimate import Estimate, estimate
from .storage import CarHistory

SETTLE: Final = timedelta(minutes=15)
"""How long after a start nothing is silent yet: the car is being read."""
MOST_UNTOLD: Final = 20
"""How many events are kept for an entity that does not exist yet."""

_HUNDREDTHS: Final = {"c", "c€", "cent", "cents", "ct", "cts", "¢", "p", "pence", "øre", "öre"}
"""How prices name a hundredth of the currency."""
_PER_KILOWATT_HOUR: Final[Mapping[str, float]] = {UnitOfEnergy.MEGA_WATT_HOUR: 1e-3, UnitOfEnergy.WATT_HOUR: 1e3}
"""What makes a price of another unit of energy one of a kWh."""

type ChargeListener = Callable[[str, Charge], None]


class ChargeTracker:
    """Recognises the charges of one car and keeps them. `on_change` is called when something changes without a report.

    It has to be called with each status of the car.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        history: CarHistory,
        options: Mapping[str, Any],
        *,
        on_change: Callable[[], None],
    ) -> None:
        """Go on with what is stored."""
        self._hass = hass
        self._entry = entry
        self._history = history
        self._loss: float = options.get(CONF_CHARGING_LOSS, 0)
        self._zone: str = options.get(CONF_ENERGY_PRICE_ZONE, ENTITY_ID_HOME)
        self._on_change = on_change
        self._recognition = ChargeRecognition(history.state.get("charging"))
        price_entity = options.get(CONF_ENERGY_PRICE_ENTITY)
        self._price = _Price(hass, entry, price_entity) if price_entity else None
        self._taken: list[Any] = []
        self._known = self._recognition.as_dict()
        self._listener: ChargeListener | None = None
        # A charge may begin or end before the car's event entity exists.
        self._untold: deque[tuple[str, Charge]] = deque(maxlen=MOST_UNTOLD)
        self._started_at = dt_util.utcnow()
        self._cancel_silence: CALLBACK_TYPE | None = None
        self.last = self._read_last()
        entry.async_on_unload(self.close)
        self._await_silence()

    @property
    def has_price(self) -> bool:
        """Whether charges can have a cost."""
        return self._price is not None

    @property
    def total(self) -> float | None:
        """The energy of all charges so far, in kWh; None until it can be told."""
        return self._recognition.total if self._recognition.is_known else None

    @property
    def capacity(self) -> float | None:
        """The usable capacity of the battery, in kWh."""
        return self._recognition.capacity

    def estimate(self, status: Status) -> Estimate:
        """Estimate the level of the battery; what is known of the car must have been taken in."""
        return estimate(status, self._recognition.reported_at, dt_util.utcnow())

    @property
    def state(self) -> dict[str, Any]:
        """What diagnostics tell."""
        return {
            **self._history.charges.state,
            "results": dict(Counter(as_text(record.get("result")) or "unknown" for record in self._history.charges)),
            "charging": self._recognition.is_charging,
            "total": self._recognition.total,
            "usable_capacity": self.capacity,
            "usable_capacity_is_set": self._recognition.set_capacity is not None,
        }

    @callback
    def async_take(self, status: Status) -> None:
        """Take in what is known of the car."""
        blocks = [getattr(status, name) for name in CHARGE_BLOCKS]
        if blocks == self._taken and not self._price:
            return
        self._taken = blocks
        total, was_charging = self._recognition.total, self._recognition.is_charging
        told = self._recognition.update(status, dt_util.utcnow(), self._circumstances(status))
        # Prices of before a charge, and of its pauses, are not paid.
        if self._price and (told or self._recognition.total > total or not was_charging):
            self._price.start_anew()
        if (known := self._recognition.as_dict()) != self._known:
            self._keep(known, told)

    @callback
    def async_listen(self, listener: ChargeListener) -> CALLBACK_TYPE:
        """Call `listener` with what happens to charges, first what nobody has heard; returns how to stop."""
        self._listener = listener
        while self._untold:
            listener(*self._untold.popleft())

        @callback
        def stop() -> None:
            self._listener = None

        return stop

    async def async_set_capacity(self, capacity: float) -> None:
        """Set the usable capacity. It is on disk when this returns."""
        self._recognition.set_capacity = capacity
        self._keep(self._recognition.as_dict(), [])
        self._on_change()
        await self._history.async_save()

    def charges(self, start: datetime | None, end: datetime | None) -> list[dict[str, Any]]:
        """Return the charges that began in a time, newest first, in Home Assistant's time zone."""
        charges = filter(None, map(Charge.restore, self._history.charges))
        return [
            _in_local_time(charge).as_dict()
            for charge in reversed(list(charges))
            if (start is None or charge.started_at >= start) and (end is None or charge.started_at < end)
        ]

    @callback
    def close(self) -> None:
        """Wait for nothing any more."""
        if self._cancel_silence:
            self._cancel_silence()
            self._cancel_silence = None

    def _keep(self, known: dict[str, Any], told: list[tuple[str, Charge]]) -> None:
        """Keep what is known, and tell what has happened."""
        self._known = known
        ended = [charge for _, charge in told if charge.ended_at]
        ended += [self._recognition.last] if self._recognition.last else []
        self._history.state["charging"] = known
        if ended:
            self._history.charges.add(*(charge.as_dict() for charge in ended))
            self.last = self._read_last()
        self._await_silence()
        if told:
            self._entry.async_create_background_task(self._hass, self._history.async_save(), "save a charge")
        else:
            self._history.async_schedule_save()
        for each in told:
            if self._listener:
                self._listener(*each)
            else:
                self._untold.append(each)

    def _read_last(self) -> Charge | None:
        records = list(self._history.charges)
        return Charge.restore(records[-1]) if records else None

    def _circumstances(self, status: Status) -> Circumstances:
        hidden = status.privacy is not None and status.privacy.hides_position
        position = None if hidden else status.position
        zone = async_active_zone(self._hass, position.latitude, position.longitude) if position else None
        return Circumstances(
            loss=self._loss,
            place=zone.name if zone else None,
            price=self._price.average() if self._price and position and self._is_priced(position) else None,
        )

    def _is_priced(self, position: Position) -> bool:
        zone = self._hass.states.get(self._zone)
        return zone is not None and in_zone(zone, position.latitude, position.longitude)

    # A charge of which nothing is heard

    @callback
    def _await_silence(self) -> None:
        self.close()
        if silent_at := self._recognition.silent_at:
            at = max(silent_at, self._started_at + SETTLE)
            self._cancel_silence = async_track_point_in_utc_time(self._hass, self._async_end_silent, at)

    @callback
    def _async_end_silent(self, now: datetime) -> None:
        self._cancel_silence = None
        told = self._recognition.end_silent(now)
        self._keep(self._recognition.as_dict(), told)
        self._on_change()


class _Price:
    """The price of a kWh since energy was last counted, as it has changed meanwhile."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any], entity_id: str) -> None:
        """Follow the entity."""
        self._price = _price(hass.states.get(entity_id))
        self._weighted = self._seconds = 0.0
        self._since = dt_util.utcnow()
        entry.async_on_unload(async_track_state_change_event(hass, entity_id, self._async_follow))

    @callback
    def _async_follow(self, event: Event[EventStateChangedData]) -> None:
        price = _price(event.data["new_state"])
        if price is not None:  # else the last one holds
            self._weigh()
            self._price = price

    def average(self) -> float | None:
        """Return the price, weighted by time; None if it has never been known."""
        self._weigh()
        return self._weighted / self._seconds if self._seconds else self._price

    def start_anew(self) -> None:
        """Forget the prices so far: the energy that they are for has been counted."""
        self._weighted = self._seconds = 0.0

    def _weigh(self) -> None:
        now = dt_util.utcnow()
        if self._price is not None:
            seconds = max((now - self._since).total_seconds(), 0.0)
            self._weighted += self._price * seconds
            self._seconds += seconds
        self._since = now


def _in_local_time(charge: Charge) -> Charge:
    ended_at = charge.ended_at and dt_util.as_local(charge.ended_at)
    return replace(charge, started_at=dt_util.as_local(charge.started_at), ended_at=ended_at)


def _price(state: State | None) -> float | None:
    """Read a price of a kWh in the currency, whatever its unit, such as EUR/MWh or ct/kWh."""
    if state is None:
        return None
    try:
        price = float(state.state)
    except ValueError:
        return None
    money, _, energy = str(state.attributes.get(ATTR_UNIT_OF_MEASUREMENT, "")).partition("/")
    price *= _PER_KILOWATT_HOUR.get(energy.strip(), 1)
    if money.strip().casefold() in _HUNDREDTHS:
        price /= 100
    return price if abs(price) <= MAX_NUMBER else None
