"""What a car can be asked to do: one small class each (contract, "Remotes").

`body` is the JSON of the OpenAPI file; `tutorial_body` is what the vendor's tutorial sends instead, where the two
differ. `outcome` is what the car would report once it has done it.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, Literal, override

from . import status
from .status import ChargingStatus, PreconditioningStatus, Status

PENDING_FAILURES: Final = frozenset({"VehicleBatteryChargeTooLow", "TooManyWakeUpsOverMonth"})
"""Statuses that the vendor calls pending and that nothing follows."""

SUCCESSES: Final = frozenset({"Success", "AlreadyDone"})


class Remote(ABC):
    """A remote: `type` is its name in messages and answers."""

    type: ClassVar[str]

    @property
    @abstractmethod
    def body(self) -> dict[str, Any]:
        """The action as the OpenAPI file spells it."""

    @property
    def tutorial_body(self) -> dict[str, Any] | None:
        """The action as the tutorial spells it; None where it is the same."""
        return None

    def outcome(self, _at: datetime) -> Status | None:
        """Return what the car reports after a success at this time; None if nothing that it reports changes."""
        return None


@dataclass(frozen=True, slots=True)
class Doors(Remote):
    """Lock or unlock the doors."""

    type: ClassVar = "Doors"
    state: Literal["Locked", "Unlocked"]

    @property
    @override
    def body(self) -> dict[str, Any]:
        return {"door": {"state": self.state}}

    @override
    def outcome(self, at: datetime) -> Status:
        return Status(doors=status.Doors(at=at, locked=self.state == "Locked"))


@dataclass(frozen=True, slots=True)
class Horn(Remote):
    """Sound the horn."""

    type: ClassVar = "Horn"

    @property
    @override
    def body(self) -> dict[str, Any]:
        return {"horn": {"state": "Activated"}}


@dataclass(frozen=True, slots=True)
class Lights(Remote):
    """Switch the lights on or off."""

    type: ClassVar = "Lights"
    on: bool

    @property
    @override
    def body(self) -> dict[str, Any]:
        return {"lights": {"on": self.on}}

    @property
    @override
    def tutorial_body(self) -> dict[str, Any]:
        return {"ligths": {"on": self.on}}


@dataclass(frozen=True, slots=True)
class WakeUp(Remote):
    """Wake the car so that it reports its status."""

    type: ClassVar = "WakeUp"

    @property
    @override
    def body(self) -> dict[str, Any]:
        return {"wakeUp": {"action": "WakeUp"}}

    @property
    @override
    def tutorial_body(self) -> dict[str, Any]:
        return {"state": {"action": "state"}}

    @override
    def outcome(self, _at: datetime) -> Status:
        return Status()


@dataclass(frozen=True, slots=True)
class Charging(Remote):
    """Start or stop charging now."""

    type: ClassVar = "ElectricBatteryChargingRequest"
    immediate: bool

    @property
    @override
    def body(self) -> dict[str, Any]:
        return {"charging": {"immediate": self.immediate}}

    @override
    def outcome(self, at: datetime) -> Status:
        reported = ChargingStatus.IN_PROGRESS if self.immediate else ChargingStatus.STOPPED
        return Status(charging=status.Charging(at=at, status=reported))


@dataclass(frozen=True, slots=True)
class Preconditioning(Remote):
    """Start or stop preconditioning now."""

    type: ClassVar = "ThermalPreconditioning"
    immediate: bool

    @property
    @override
    def body(self) -> dict[str, Any]:
        return {"preconditioning": self._action}

    @property
    @override
    def tutorial_body(self) -> dict[str, Any]:
        return {"preonditionning": self._action}

    @property
    def _action(self) -> dict[str, Any]:
        return {"airConditioning": {"immediate": self.immediate}}

    @override
    def outcome(self, at: datetime) -> Status:
        reported = PreconditioningStatus.ENABLED if self.immediate else PreconditioningStatus.DISABLED
        return Status(preconditioning=status.Preconditioning(at=at, status=reported))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a remote has come: the vendor's words, which may be ones that nobody has documented."""

    status: str
    done: bool
    failure_cause: str | None = None

    @classmethod
    def parse(cls, event: Mapping[str, Any]) -> Progress | None:
        """Read an `eventStatus` of a message or an answer of `GET .../remotes/{rid}`; None without a status."""
        kind, reported, cause = event.get("type"), event.get("status"), event.get("failureCause")
        if not isinstance(reported, str) and kind != "Failed":
            return None
        if not isinstance(reported, str) or (kind == "Failed" and reported in SUCCESSES):
            reported = "Failed"
        return cls(
            status=reported,
            done=kind in ("Done", "Failed") or reported in SUCCESSES | PENDING_FAILURES | {"Failed"},
            failure_cause=cause if isinstance(cause, str) else None,
        )

    @property
    def succeeded(self) -> bool:
        """Whether the car did what it was asked to do, or had done it before."""
        return self.status in SUCCESSES

    @property
    def cause(self) -> str:
        """The vendor's word for why it failed."""
        return self.failure_cause or self.status
