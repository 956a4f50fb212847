"""Charges, recognised in what a car reports: the vendor keeps no list of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self

from ..api.lenient import as_number, as_object, as_text, parse_date
from ..api.status import Battery, ChargingStatus, Status
from ..api.status.storing import restore, store

LONGEST_PAUSE: Final = timedelta(hours=4)
"""A charge that goes on after a pause of up to this is the same charge, such as one in the cheapest hours."""
SILENCE: Final = timedelta(hours=12)
"""A charge of which nothing has been heard for this long has ended."""
LATE: Final = timedelta(minutes=15)
"""The level at the end of a charge may be reported as much later as this."""

LEAST_CAPACITY: Final = 5.0
MOST_CAPACITY: Final = 200.0
"""The capacities, in kWh, that a battery can have."""

_FALLEN: Final = 5.0
"""Points that the level must fall for a battery to have been used: a report may jump back by fewer."""
_FULL: Final = 100.0
_MOVED: Final = 1.0
"""Kilometres that a car must drive to have left a charge: some report whole ones."""
_DIFFERS: Final = 5.0
"""Percent of the capacity that the energy in a battery may differ from what its level says."""
_WRONG_UNIT: Final = 10.0
"""An energy that is so many times less than what the level says is in another unit."""


class ChargeResult(StrEnum):
    """How a charge ended."""

    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


STARTED: Final = "started"
CHARGE_BLOCKS: Final = ("battery", "charging", "odometer")
"""The blocks of a status that charges are recognised in."""

_RESULTS: Final = {
    ChargingStatus.FINISHED: ChargeResult.FINISHED,
    ChargingStatus.FAILURE: ChargeResult.FAILED,
    ChargingStatus.STOPPED: ChargeResult.INTERRUPTED,
    ChargingStatus.DISCONNECTED: ChargeResult.INTERRUPTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A charge: levels in %, `energy` in kWh, `duration` in seconds, `average_power` in kW.

    `ended_at` is None while it is under way. `duration` is the time that the car charged, without pauses. `place` is
    the name of a zone.
    """

    started_at: datetime
    ended_at: datetime | None = None
    from_level: float | None = None
    to_level: float | None = None
    energy: float | None = None
    duration: float | None = None
    average_power: float | None = None
    place: str | None = None
    cost: float | None = None
    result: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the charge as it is kept and shown. What is not known is None."""
        return {
            "started_at": self.started_at.isoformat(),
            "ended_at": self.ended_at.isoformat() if self.ended_at else None,
            "from": self.from_level,
            "to": self.to_level,
            "energy": self.energy,
            "duration": self.duration,
            "average_power": self.average_power,
            "place": self.place,
            "cost": self.cost,
            "result": self.result,
        }

    @classmethod
    def restore(cls, record: Mapping[str, Any]) -> Self | None:
        """Read a charge that is kept; None if it has no dates. Another value that cannot be read is not known."""
        started_at, ended_at = parse_date(record.get("started_at")), parse_date(record.get("ended_at"))
        if started_at is None or ended_at is None:
            return None
        return cls(
            started_at=started_at,
            ended_at=ended_at,
            from_level=as_number(record.get("from")),
            to_level=as_number(record.get("to")),
            energy=as_number(record.get("energy")),
            duration=as_number(record.get("duration")),
            average_power=as_number(record.get("average_power")),
            place=as_text(record.get("place")),
            cost=as_number(record.get("cost")),
            result=as_text(record.get("result")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a status says of charging: `level` in %, `energy` in the battery in kWh, `mileage` and `range` in km.

    A range that changes alone says nothing of charging.
    """

    status: str
    at: datetime
    plugged: bool | None = None
    level: float | None = None
    energy: float | None = None
    mileage: float | None = None
    range: float | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a charge depends on beside the car.

    `loss` is the share, in %, of the energy from the meter that does not reach the battery. `price` is that of a kWh
    since the last report; None if it is not known or not asked for here.
    """

    loss: float = 0.0
    price: float | None = None
    place: str | None = None


def read(status: Status) -> Reading | None:
    """Read what a status says of charging; None if the car has not reported it, as after a remote."""
    charging, battery, odometer = status.charging, status.battery, status.odometer
    if (
        charging is None
        or charging.status is None
        or charging.status not in ChargingStatus
        or charging.is_assumed("status")
    ):
        return None
    fresh = battery and battery.energy and battery.date_of("energy") >= battery.date_of("level")
    with_range = battery and battery.date_of("range") >= battery.date_of("level")
    return Reading(
        status=charging.status,
        at=charging.date_of("status"),
        plugged=charging.plugged,
        level=battery.trusted_level if battery else None,
        energy=battery.energy / 1000 if battery and battery.energy and fresh else None,
        mileage=odometer.mileage if odometer else None,
        range=battery.range if battery and with_range else None,
    )


def plausible_capacity(battery: Battery | None) -> float | None:
    """Return the capacity that a car reports, in kWh; None if it cannot be that or the other figures contradict it."""
    if battery is None or battery.capacity is None:
        return None
    capacity = battery.capacity / 1000
    if not LEAST_CAPACITY <= capacity <= MOST_CAPACITY:
        return None
    if battery.is_reported("energy") and not (
        battery.energy and battery.level is not None and _agree(battery.energy / 1000, battery.level, capacity)
    ):
        return None
    return capacity


def _agree(energy: float, level: float, capacity: float) -> bool:
    share = energy / capacity * 100
    # In a battery that is nearly empty, an energy in a wrong unit differs by as little.
    return abs(share - level) <= _DIFFERS and level <= share * _WRONG_UNIT


@dataclass(slots=True, kw_only=True)
class _Session:
    """A charge that is under way, or has ended and may go on.

    `high` and `high_energy` are the most that the battery has held, `points` and `stored` what that has grown by;
    `stored` is None if the car's figures are not to be trusted. `energy` is at the meter, `priced` the part of it that
    is in `cost`. `charging_since` is when the car began or went on to charge, `charged` the seconds of charging before
    that.
    `silent` says that it has ended because nothing was heard, `told` which end was told last. `unheard` says that the
    car was not heard while it charged: how long it did is not known.
    """

    started_at: datetime
    charging_since: datetime
    last_at: datetime
    heard_at: datetime
    mileage: float | None = None
    from_level: float | None = None
    high: float | None = None
    points: float = 0.0
    high_energy: float | None = None
    stored: float | None = None
    energy: float | None = None
    cost: float | None = None
    priced: float = 0.0
    place: str | None = None
    charged: float = 0.0
    ended_at: datetime | None = None
    result: str | None = None
    silent: bool = False
    unplugged: bool = False
    unheard: bool = False
    told: str | None = None

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def duration(self) -> float | None:
        """The seconds that the car charged, once the charge has ended; None if that is not known."""
        if self.unheard:
            return None
        return self.charged + (self.ended_at - self.charging_since).total_seconds() if self.ended_at else None

    def has_left(self, reading: Reading) -> bool:
        """Tell whether the car has driven since."""
        if self.mileage is None or reading.mileage is None:
            return False
        return reading.mileage > self.mileage + _MOVED

    def continues(self, reading: Reading, at: datetime) -> bool:
        """Tell whether the car that charges at this time goes on with this charge."""
        joined = at - (self.ended_at or self.last_at) <= LONGEST_PAUSE
        fallen = reading.level is not None and self.high is not None and reading.level < self.high - _FALLEN
        if self.is_open or self.silent:
            return joined or not fallen
        return joined and not fallen and not self.unplugged

    def resume(self, level: float | None, energy: float | None, at: datetime) -> None:
        """Go on after a pause, in which the battery may have been used a little; or it was only not heard of."""
        if not self.silent:
            self.charged, self.charging_since = self.duration or 0.0, at
            if level is not None and self.high is not None:
                self.high = min(self.high, level)
            if energy is not None and self.high_energy is not None:
                self.high_energy = min(self.high_energy, energy)
        self.ended_at = self.result = None
        self.silent = False

    def take(self, level: float | None, energy: float | None) -> None:
        """Take in what the battery holds, which a report that jumps back does not lessen."""
        if level is None:
            return
        if self.high is None:
            self.from_level = self.high = level
            self.high_energy, self.stored = energy, None if energy is None else 0.0
            return
        grown = max(level - self.high, 0.0)
        if self.high_energy is not None and energy is not None:
            self.stored = (self.stored or 0.0) + max(energy - self.high_energy, 0.0)
            self.high_energy = max(self.high_energy, energy)
        elif grown:
            self.high_energy = self.stored = None
        self.points += grown
        self.high = max(self.high, level)

    def count(self, capacity: float | None, circumstances: Circumstances) -> float:
        """Count the energy; returns by how much it has grown. It never becomes less, whatever is set meanwhile."""
        before = self.energy or 0.0
        in_battery = self.stored
        if in_battery is None and capacity is not None:
            in_battery = self.points * capacity / 100
        if in_battery is not None:
            self.energy = max(before, in_battery / (1 - circumstances.loss / 100))
            if circumstances.price is not None:
                self.cost = (self.cost or 0.0) + (self.energy - self.priced) * circumstances.price
                self.priced = self.energy
        self.place = self.place or circumstances.place
        return (self.energy or 0.0) - before

    def end(self, at: datetime, result: str) -> None:
        """End, for now."""
        self.ended_at, self.result = max(at, self.charging_since), result

    def as_charge(self) -> Charge:
        """Return the charge as far as it is known: while it is under way, only how it began."""
        if self.is_open:
            return Charge(started_at=self.started_at, from_level=self.from_level, place=self.place)
        duration = self.duration
        power = self.energy / duration * 3600 if self.energy is not None and duration else None
        return Charge(
            started_at=self.started_at,
            ended_at=self.ended_at,
            from_level=self.from_level,
            to_level=self.high,
            energy=_rounded(self.energy),
            duration=_rounded(duration),
            average_power=_rounded(power),
            place=self.place,
            cost=_rounded(self.cost),
            result=self.result,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rest:
    """What a car that does not charge has reported last.

    `high` and `high_energy` are of the higher one of the last two levels that it has reported where it stands: a
    report may jump back.
    """

    level: float
    energy: float | None = None
    mileage: float
    at: datetime | None = None
    range: float | None = None
    high: float | None = None
    high_energy: float | None = None

    @classmethod
    def of(cls, reading: Reading, energy: float | None, at: datetime, before: Self | None) -> Self | None:
        """Make it of a report; without a level or a mileage it is the one before."""
        if reading.level is None or reading.mileage is None:
            return before
        high, high_energy = reading.level, energy
        if before and before.mileage == reading.mileage and before.level > reading.level:
            high, high_energy = before.level, before.energy
        return cls(
            level=reading.level,
            energy=energy,
            mileage=reading.mileage,
            at=at,
            range=reading.range,
            high=high,
            high_energy=high_energy,
        )

    def start(self, reading: Reading) -> tuple[float, float | None] | None:
        """Return the level and the energy with which a charge began; None if the report is not of the same place."""
        if self.mileage != reading.mileage or reading.level is None or self.level > reading.level:
            return None
        if self.high is not None and self.high <= reading.level:
            return self.high, self.high_energy
        return self.level, self.energy

    def has_been_charged(self, reading: Reading) -> bool:
        """Tell whether a report shows that the car has been charged where it stands, although it never said so."""
        start = self.start(reading)
        if start is None or reading.level is None or reading.level <= start[0] + _FALLEN:
            return False
        if reading.status == ChargingStatus.FINISHED:
            return True
        if reading.range is None or self.range is None:
            # Some hybrids report 100 % when empty.
            return reading.level < _FULL
        return reading.range > self.range


class ChargeRecognition:
    """Recognises the charges of one car in its reports. `total` is the energy, in kWh, of all charges so far."""

    def __init__(self, stored: object = None) -> None:
        """Go on with what `as_dict` has made; what cannot be read of it is left out."""
        found = as_object(stored)
        self.total = as_number(found.get("total"), least=0) or 0.0
        self.set_capacity = _capacity(found.get("set_capacity"))
        self._reported_capacity = _capacity(found.get("reported_capacity"))
        self._session: _Session | None = _restored(_Session, found.get("session"))
        self._reading: Reading | None = _restored(Reading, found.get("reading"))
        self._rest: _Rest | None = _restored(_Rest, found.get("rest"))

    def as_dict(self) -> dict[str, Any]:
        """Return what is known, to be stored."""
        known = {
            "total": self.total,
            "set_capacity": self.set_capacity,
            "reported_capacity": self._reported_capacity,
            "session": self._session and store(self._session),
            "reading": self._reading and store(self._reading),
            "rest": self._rest and store(self._rest),
        }
        return {key: value for key, value in known.items() if value is not None}

    @property
    def capacity(self) -> float | None:
        """The usable capacity in kWh: what a person has set, else what the car reports."""
        return self.set_capacity or self._reported_capacity

    @property
    def is_charging(self) -> bool:
        """Whether a charge is under way."""
        return self._session is not None and self._session.is_open

    @property
    def is_known(self) -> bool:
        """Whether the energy of charges can be told."""
        return self.capacity is not None or self.total > 0

    @property
    def last(self) -> Charge | None:
        """The last charge, if it has ended and may still go on."""
        return self._session.as_charge() if self._session and not self._session.is_open else None

    def update(self, status: Status, now: datetime, circumstances: Circumstances) -> list[tuple[str, Charge]]:
        """Take in what is known of the car; returns what has happened, each with the charge that it happened to."""
        self._reported_capacity = plausible_capacity(status.battery) or self._reported_capacity
        reading, before = read(status), self._reading
        if reading is None or reading == before:
            return []
        if before is not None and reading.at < before.at:
            return []  # after a crash, what is stored of the car may be older than what is stored of its charges
        self._reading = reading
        repeated = before is not None and reading.at == before.at
        # Some cars never change the date of a report.
        at = now if repeated else min(reading.at, now)
        told = self._leave() if self._session and self._session.has_left(reading) else []
        if reading.status == ChargingStatus.IN_PROGRESS:
            is_news = not repeated or before is None or reading.status != before.status
            return told + self._charge(reading, at, now, circumstances, is_news=is_news)
        session = self._session
        over = session is None or (session.ended_at and not session.silent and at - session.ended_at > LATE)
        if over and self._rest and self._rest.has_been_charged(reading):
            told += self._charge_unheard(self._rest, reading, at, now, circumstances)
        else:
            told += self._rest_after(reading, at, circumstances)
        self._rest = _Rest.of(reading, self._trusted(reading), at, self._rest)
        return told

    @property
    def reported_at(self) -> datetime | None:
        """When the car has last reported the charge that is under way; None if there is none."""
        return self._session.last_at if self._session and self._session.is_open else None

    def end_silent(self, now: datetime) -> list[tuple[str, Charge]]:
        """End a charge of which nothing has been heard for long. It goes on if the car still reports it later."""
        session = self._session
        if not session or not session.is_open or now - session.heard_at < SILENCE:
            return []
        session.silent = True
        return self._end(session, session.last_at, ChargeResult.INTERRUPTED)

    @property
    def silent_at(self) -> datetime | None:
        """When the charge that is under way ends if nothing is heard."""
        return self._session.heard_at + SILENCE if self._session and self._session.is_open else None

    def _charge(
        self, reading: Reading, at: datetime, now: datetime, circumstances: Circumstances, *, is_news: bool
    ) -> list[tuple[str, Charge]]:
        told: list[tuple[str, Charge]] = []
        session = self._session
        if session and not session.continues(reading, at):
            told, session = self._leave(), None
        if session is None:
            if not is_news or now - at > SILENCE:
                return told
            session = self._begin(reading, at, now, circumstances)
            told.append((STARTED, session.as_charge()))
        elif not session.is_open:
            session.resume(reading.level, self._trusted(reading), at)
        session.last_at, session.heard_at = max(at, session.last_at), now
        self._take(session, reading, circumstances)
        return told

    def _begin(self, reading: Reading, at: datetime, now: datetime, circumstances: Circumstances) -> _Session:
        """Begin a charge with what the car held before it, if it has told that where it stands."""
        session = self._session = _Session(
            started_at=at, charging_since=at, last_at=at, heard_at=now, mileage=reading.mileage
        )
        session.place = circumstances.place
        rest, self._rest = self._rest, None
        session.take(*((rest and rest.start(reading)) or (reading.level, self._trusted(reading))))
        return session

    def _charge_unheard(
        self, rest: _Rest, reading: Reading, at: datetime, now: datetime, circumstances: Circumstances
    ) -> list[tuple[str, Charge]]:
        """Take in a charge that the car has not been heard to begin: it was between two reports, where it stands."""
        session = self._begin(reading, rest.at or at, now, circumstances)
        session.unheard, session.unplugged = True, reading.plugged is False
        self._take(session, reading, circumstances)
        finished = reading.status == ChargingStatus.FINISHED
        return self._end(session, at, ChargeResult.FINISHED if finished else ChargeResult.INTERRUPTED)

    def _rest_after(self, reading: Reading, at: datetime, circumstances: Circumstances) -> list[tuple[str, Charge]]:
        """Take in a report of a car that does not charge."""
        session = self._session
        if session is None:
            return []
        told: list[tuple[str, Charge]] = []
        ended_at = session.ended_at
        if ended_at is None or session.silent:
            self._take(session, reading, circumstances)
            session.silent, session.unheard = False, session.unheard or at - session.last_at > SILENCE
            told = self._end(session, at, _RESULTS[ChargingStatus(reading.status)])
        elif at - ended_at <= LATE:
            self._take(session, reading, circumstances)
        session.unplugged = session.unplugged or reading.plugged is False
        return told

    def _leave(self) -> list[tuple[str, Charge]]:
        """Be done with a charge: the car has driven since, or has been charged again."""
        session, self._session = self._session, None
        if session is None or not session.is_open:
            return []
        self._rest = None
        return self._end(session, session.last_at, ChargeResult.INTERRUPTED)

    def _end(self, session: _Session, at: datetime, result: ChargeResult) -> list[tuple[str, Charge]]:
        session.end(at, result)
        # A car that is full charges a little now and then.
        if session.told == (told := f"{result} {session.points}"):
            return []
        session.told = told
        return [(result, session.as_charge())]

    def _take(self, session: _Session, reading: Reading, circumstances: Circumstances) -> None:
        session.take(reading.level, self._trusted(reading))
        self.total += session.count(self.capacity, circumstances)

    def _trusted(self, reading: Reading) -> float | None:
        """Return the energy in the battery; None if it does not fit the level."""
        if reading.energy is None or reading.level is None or self.capacity is None:
            return None
        return reading.energy if _agree(reading.energy, reading.level, self.capacity) else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _capacity(value: object) -> float | None:
    return as_number(value, LEAST_CAPACITY, MOST_CAPACITY)


def _restored[T](kind: type[T], stored: object) -> T | None:
    try:
        return restore(kind, stored) if stored is not None else None
    except ValueError, TypeError:
        return None
