"""Remotes: what a car can be asked to do, and how it goes, message by message."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from . import contract
from .cars import Car, Outcome
from .clock import timestamp
from .durations import format_duration
from .messages import Message
from .obstacles import Stage, find_obstacle

if TYPE_CHECKING:
    from .callbacks import Callback
    from .world import World

# How long each stage takes, in seconds of the car's time.
_ACCEPTING = 0.3
_WAKING_UP = 12.0
_GIVING_UP = 60.0
_SENDING = 1.0
_CARRYING_OUT = 2.5

_SUCCESS = Outcome("Success")
_ENDS = frozenset({"Success", "AlreadyDone", "Failed"})


@dataclass(eq=False, kw_only=True)
class Remote:
    """A remote that was asked for. `action` is in the OpenAPI file's words, `body` is as posted.

    `status`, `failure_cause` and `feedback` are those of its last message.
    `rivals` are the types of the remotes that the car was busy with when this one came.
    """

    id: str
    kind: Kind
    car: Car
    callback: Callback
    action: dict[str, Any]
    body: dict[str, Any]
    rivals: frozenset[str]
    forced: Outcome | None
    status: str = "Accepted"
    failure_cause: str | None = None
    feedback: str | None = None
    ended: bool = False
    messages: list[Message] = field(default_factory=list)

    @property
    def options(self) -> dict[str, Any]:
        """What is asked of charging or preconditioning."""
        options: dict[str, Any] = self.action.get("airConditioning", self.action)
        return options

    @property
    def immediate(self) -> bool | None:
        """Whether to start (true) or stop (false) charging or preconditioning, None for neither."""
        return self.options.get("immediate")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of remote. A car that has `done` it already says so; otherwise `carry_out` does it.

    Without a `scope` every token may send it, without a `capability` every car takes it. `blocks` of its status are
    what the car then reports: all if there are none, None for nothing.
    """

    type: str
    scope: str | None = None
    capability: str | None = None
    done: Callable[[Remote], bool] = lambda _remote: False
    carry_out: Callable[[Remote], None] = lambda _remote: None
    blocks: tuple[str, ...] | None = None
    announced: bool = True


def _lock(remote: Remote) -> None:
    if remote.action["state"] == "Locked":
        remote.car.lock()
    else:
        remote.car.unlock()


def _honk(remote: Remote) -> None:
    remote.car.honking = remote.action["state"] == "Activated"


def _switch_lights(remote: Remote) -> None:
    remote.car.lights = remote.action["on"]


def _charge(remote: Remote) -> None:
    if remote.immediate is not None:
        remote.car.charging_status = "InProgress" if remote.immediate else "Stopped"
    schedule = remote.options.get("schedule", remote.options)
    if "nextDelayedTime" in schedule:
        at = datetime.fromisoformat(schedule["nextDelayedTime"])
        remote.car.next_delayed = format_duration(at.hour * 3600 + at.minute * 60)
    if "programs" in schedule:
        remote.car.charging_programs = schedule["programs"]
    preferences = remote.options.get("preferences", {})
    remote.car.charging_level = preferences.get("level", remote.car.charging_level)
    remote.car.charging_type = preferences.get("type", remote.car.charging_type)


def _precondition(remote: Remote) -> None:
    if remote.immediate is not None:
        remote.car.preconditioning = "Enabled" if remote.immediate else "Disabled"
    remote.car.programs = _planned(remote)


def _is_preconditioned(remote: Remote) -> bool:
    started = remote.car.preconditioning == "Enabled"
    return remote.immediate in {None, started} and remote.car.programs == _planned(remote)


def _planned(remote: Remote) -> dict[int, dict[str, Any]]:
    """Say which programs of its air conditioning the car has afterwards, as it reports them."""
    planned = dict(remote.car.programs) if remote.car.keeps_programs else {}
    for program in remote.options.get("programs", ()):
        entry = {"recurrence": "Daily"} | program
        if entry.pop("actionsType", "Set") == "Set":
            planned[program["slot"]] = entry
        else:
            planned.pop(program["slot"], None)
    return planned


def _navigate(remote: Remote) -> None:
    remote.car.destinations = [position["coordinates"] for position in remote.action["positions"]]
    remote.car.driver_approval = remote.action.get("driverApproval")


def _immobilize(remote: Remote) -> None:
    remote.car.immobilized = remote.action["activate"]


def _declare_stolen(remote: Remote) -> None:
    remote.car.stolen = remote.action["stolen"]
    if remote.car.stolen:
        remote.car.stolen_at, remote.car.found_at = timestamp(), None
    else:
        remote.car.found_at = timestamp()


KINDS = {
    "door": Kind(
        type="Doors",
        scope="remote:door:write",
        capability="door",
        done=lambda remote: remote.car.locked == (remote.action["state"] == "Locked"),
        carry_out=_lock,
        blocks=("doorsState", "alarm"),
    ),
    "horn": Kind(type="Horn", scope="remote:horn:write", capability="horn", carry_out=_honk),
    "lights": Kind(type="Lights", scope="remote:lights:write", capability="lights", carry_out=_switch_lights),
    "charging": Kind(
        type="ElectricBatteryChargingRequest",
        scope="remote:charging:write",
        capability="charging",
        done=lambda remote: remote.options == {"immediate": remote.car.charging_status == "InProgress"},
        carry_out=_charge,
        blocks=("energies",),
    ),
    "preconditioning": Kind(
        type="ThermalPreconditioning",
        scope="remote:preconditioning:write",
        capability="preconditioning",
        done=_is_preconditioned,
        carry_out=_precondition,
        blocks=("preconditioning",),
    ),
    "wakeUp": Kind(type="WakeUp", scope="remote:wakeup:write", capability="wakeup", blocks=()),
    "navigation": Kind(
        type="Navigation",
        scope="remote:navigation:write",
        capability="navigation",
        carry_out=_navigate,
        announced=False,
    ),
    "immobilization": Kind(
        type="Immobilization",
        done=lambda remote: remote.car.immobilized is remote.action["activate"],
        carry_out=_immobilize,
    ),
    "stolen": Kind(
        type="Stolen",
        done=lambda remote: bool(remote.car.stolen) is remote.action["stolen"],
        carry_out=_declare_stolen,
        blocks=("stolen",),
    ),
}


class Remotes:
    """Carries remotes out and sends what there is to say about them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._running: list[Remote] = []

    @property
    def busy(self) -> bool:
        """Whether a remote is in progress."""
        return bool(self._running)

    def request(self, car: Car, callback: Callback, body: dict[str, Any], remote_id: str) -> Remote:
        """Take a remote on, its body valid. `follow` carries it out."""
        key, action = contract.find_action(body)
        remote = Remote(
            id=remote_id,
            kind=KINDS[key],
            car=car,
            callback=callback,
            action=action,
            body=body,
            rivals=frozenset(other.kind.type for other in self._running if other.car is car),
            forced=car.next_outcomes.pop(0) if car.next_outcomes else None,
        )
        callback.remotes[remote.id] = remote
        self._running.append(remote)
        return remote

    def drop(self) -> None:
        """Forget the remotes in progress, once the world's tasks have been stopped."""
        self._running.clear()

    async def follow(self, remote: Remote) -> None:
        """See a remote through to its end."""
        outcome = await self._carry_out(remote)
        self._running.remove(remote)
        remote.ended = True
        if outcome.status == _SUCCESS.status:
            remote.kind.carry_out(remote)
            if remote.kind.blocks is not None:
                self._world.report(remote.car, *remote.kind.blocks)
        self._say(remote, outcome)

    async def _carry_out(self, remote: Remote) -> Outcome:
        clock, car = self._world.clock, remote.car
        await clock.sleep(_ACCEPTING)
        if remote.kind.announced:
            self._say(remote, Outcome("Accepted"))
        if outcome := find_obstacle(remote, Stage.VENDOR):
            return outcome
        if car.asleep or car.deep_sleep:
            car.wake_ups += 1
            if remote.kind.announced:
                self._say(remote, Outcome("WakingUpVehicle"))
            await clock.sleep(_GIVING_UP if car.deep_sleep else _WAKING_UP)
            if car.deep_sleep:
                return Outcome("Failed", "VehicleConnectionTimeout")
            car.asleep = False
        await clock.sleep(_SENDING)
        self._say(remote, Outcome("SentToVehicle"))
        await clock.sleep(_CARRYING_OUT)
        return find_obstacle(remote, Stage.CAR) or _SUCCESS

    def _say(self, remote: Remote, outcome: Outcome) -> None:
        remote.status = outcome.status
        remote.failure_cause = outcome.failure_cause
        remote.feedback = outcome.feedback
        message = _message(remote, outcome)
        remote.messages.append(message)
        self._world.deliverer.publish(remote.callback, message)
        self._world.life.stay_awake(remote.car)


def _message(remote: Remote, outcome: Outcome) -> Message:
    event_type = outcome.type or ("Done" if outcome.status in _ENDS else "Pending")
    event_status = {
        "type": event_type,
        "status": outcome.status,
        "failureCause": outcome.failure_cause,
        "feedbackDetail": outcome.feedback,
    }
    attributes = remote.callback.attributes(
        remote.body,
        vin=remote.car.vin,
        remotetype=remote.kind.type,
        remotestatus=outcome.status,
        remotelabel=remote.body.get("label", ""),
    )
    return Message(
        kind="Remote",
        car=remote.car,
        type=event_type,
        status=outcome.status,
        body={
            "callbackId": remote.callback.id,
            "type": "Remote",
            "date": timestamp(),
            "attributes": [{"key": key, "value": value} for key, value in attributes["Body"].items()],
            "remoteEvent": {
                "remoteActionId": remote.id,
                "remoteType": remote.kind.type,
                "eventStatus": {key: value for key, value in event_status.items() if value is not None},
            },
        },
        headers=attributes["Header"],
        query=attributes["Query"],
    )
