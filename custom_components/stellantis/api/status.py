"""What a car reports, block by block, and how a newer report is merged into an older one (contract, `Status`).

A missing key says nothing. Each block has a date of its own: an older block never replaces a newer one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Self

from .shapes import as_list, as_object, as_text


class ChargingStatus(StrEnum):
    """What the charging system does, as far as it is documented."""

    DISCONNECTED = "Disconnected"
    IN_PROGRESS = "InProgress"
    FAILURE = "Failure"
    STOPPED = "Stopped"
    FINISHED = "Finished"


class PreconditioningStatus(StrEnum):
    """What the preconditioning does, as far as it is documented."""

    ENABLED = "Enabled"
    DISABLED = "Disabled"
    FINISHED = "Finished"
    FAILURE = "Failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """The block `doorsState`."""

    at: datetime
    locked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Charging:
    """The charging of the energy of type Electric. `status` is a `ChargingStatus`, or a word that is not known yet."""

    at: datetime
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preconditioning:
    """The block `preconditioning.airConditioning`.

    `status` is a `PreconditioningStatus`, or a word that is not known yet; `failure_cause` is such as `DoorOpened`.
    """

    at: datetime
    status: str
    failure_cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What is known of a car; a block that it has never reported is None."""

    doors: Doors | None = None
    charging: Charging | None = None
    preconditioning: Preconditioning | None = None

    @classmethod
    def parse(cls, status: Mapping[str, Any]) -> Self:
        """Read the answer of `GET /user/vehicles/{id}/status`; what is unreadable costs that block only."""
        fallback = _date(status) or datetime.now(UTC)
        return cls(
            doors=_doors(status, fallback),
            charging=_charging(status, fallback),
            preconditioning=_preconditioning(status, fallback),
        )

    def merge(self, newer: Self) -> Self:
        """Return this status with each block of `newer` that is not older than its own."""
        changes = {
            block.name: theirs
            for block in fields(self)
            if (theirs := getattr(newer, block.name)) is not None
            and ((ours := getattr(self, block.name)) is None or theirs.at >= ours.at)
        }
        return replace(self, **changes)


_LOCKED: Final = {"Locked", "SuperLocked"}


def _doors(status: Mapping[str, Any], fallback: datetime) -> Doors | None:
    block = as_object(status.get("doorsState"))
    for key in ("lockedStates", "lockedState"):
        locked = _locked(block.get(key))
        if locked is not None:
            return Doors(at=_date(block) or fallback, locked=locked)
    return None


def _locked(states: object) -> bool | None:
    known = {states} if isinstance(states, str) else {s for s in as_list(states) if isinstance(s, str)}
    if known & _LOCKED:
        return True
    return False if any(state.lower().endswith("unlocked") for state in known) else None


def _charging(status: Mapping[str, Any], fallback: datetime) -> Charging | None:
    """Read the newer form (`energies`, charging within the extension) before the older (`energy`).

    The date of `energies` can stand still for months while that of `energy` goes on: the newest of all counts.
    """
    forms = [_electric(status.get(key)) for key in ("energies", "energy")]
    dates = [_date(form, key) for form in forms for key in ("createdAt", "updatedAt")]
    newest = max((date for date in [*dates, _date(status, "updatedAt")] if date), default=fallback)
    charging = (
        as_object(as_object(as_object(form.get("extension")).get("electric")).get("charging")) for form in forms
    )
    blocks = [block or as_object(form.get("charging")) for block, form in zip(charging, forms, strict=True)]
    block = _speaking(blocks, ChargingStatus)
    return Charging(at=newest, status=block["status"]) if block else None


def _electric(energies: object) -> Mapping[str, Any]:
    """Pick the energy by its type: its place in the list says nothing, and real cars list ghosts."""
    return next((e for e in map(as_object, as_list(energies)) if e.get("type") == "Electric"), {})


def _preconditioning(status: Mapping[str, Any], fallback: datetime) -> Preconditioning | None:
    spellings = (status.get(key) for key in ("preconditioning", "preconditionning"))
    block = _speaking([as_object(as_object(each).get("airConditioning")) for each in spellings], PreconditioningStatus)
    if block is None:
        return None
    return Preconditioning(
        at=_date(block) or fallback, status=block["status"], failure_cause=as_text(block.get("failureCause"))
    )


def _speaking(blocks: list[Mapping[str, Any]], known: type[StrEnum]) -> Mapping[str, Any] | None:
    """Return the first block with a status that is known, else the first with any word for a status."""
    speaking = [block for block in blocks if as_text(block.get("status"))]
    return next((block for block in speaking if block["status"] in list(known)), next(iter(speaking), None))


def _date(block: Mapping[str, Any], *keys: str) -> datetime | None:
    """Read the first readable date of a block, by default `createdAt`, else `updatedAt`."""
    for key in keys or ("createdAt", "updatedAt"):
        if (date := parse_date(block.get(key))) is not None:
            return date
    return None


def parse_date(value: object) -> datetime | None:
    """Read an RFC 3339 date; one without an offset is UTC, one to come is now. None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        date = datetime.fromisoformat(value)
        date = date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
        # A date from a clock that is ahead would keep what is reported later away.
        return min(date, datetime.now(UTC))
    except ValueError, OverflowError:
        return None
