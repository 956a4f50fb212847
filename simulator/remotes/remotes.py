"""Carries remotes out and sends their messages."""

from collections.abc import Callable
from typing import Any

from simulator.base.clock import Clock, timestamp
from simulator.cars.car import Car, Report
from simulator.cars.outcome import Outcome
from simulator.push.delivery import Publish
from simulator.push.messages import Message
from simulator.push.subscription import Subscription

from .obstacles import Stage, find_obstacle
from .remote import Kind, Remote

# How long each stage takes, in simulated seconds.
_ACCEPTING = 0.3
_WAKING_UP = 12.0
_GIVING_UP = 60.0
_SENDING = 1.0
_CARRYING_OUT = 2.5

_SUCCESS = Outcome("Success")
_DONE = frozenset({"Success", "AlreadyDone", "Failed"})


class Remotes:
    """Carries remotes out and sends their messages."""

    def __init__(self, clock: Clock, publish: Publish, report: Report, stay_awake: Callable[[Car], None]) -> None:
        self._clock = clock
        self._publish = publish
        self._report = report
        self._stay_awake = stay_awake
        self._running: list[Remote] = []

    @property
    def busy(self) -> bool:
        """Whether any remote is in progress."""
        return bool(self._running)

    def begin(
        self, remote_id: str, kind: Kind, car: Car, callback: Subscription, action: dict[str, Any], body: dict[str, Any]
    ) -> Remote:
        """Register a remote with a valid body. `run` carries it out."""
        remote = Remote(
            id=remote_id,
            kind=kind,
            car=car,
            callback=callback,
            action=action,
            body=body,
            rivals=frozenset(other.kind.type for other in self._running if other.car is car),
            forced=car.next_outcomes.pop(0) if car.next_outcomes else None,
        )
        self._running.append(remote)
        return remote

    def drop(self) -> None:
        """Forget the remotes in progress. Call this after the background tasks have been stopped."""
        self._running.clear()

    async def run(self, remote: Remote) -> None:
        """Carry a remote out to its end."""
        outcome = await self._carry_out(remote)
        self._running.remove(remote)
        remote.ended = True
        if outcome.status == _SUCCESS.status:
            remote.kind.carry_out(remote)
            if remote.kind.blocks is not None:
                self._report(remote.car, *remote.kind.blocks)
        self._send(remote, outcome)

    async def _carry_out(self, remote: Remote) -> Outcome:
        clock, car = self._clock, remote.car
        await clock.sleep(_ACCEPTING)
        if remote.kind.announced:
            self._send(remote, Outcome("Accepted"))
        if outcome := find_obstacle(remote, Stage.VENDOR):
            return outcome
        if car.asleep or car.deep_sleep:
            car.wake_up()
            if remote.kind.announced:
                self._send(remote, Outcome("WakingUpVehicle"))
            await clock.sleep(_GIVING_UP if car.deep_sleep else _WAKING_UP)
            if car.deep_sleep:
                return Outcome("Failed", "VehicleConnectionTimeout")
            car.asleep = False
        await clock.sleep(_SENDING)
        self._send(remote, Outcome("SentToVehicle"))
        await clock.sleep(_CARRYING_OUT)
        return find_obstacle(remote, Stage.CAR) or _SUCCESS

    def _send(self, remote: Remote, outcome: Outcome) -> None:
        remote.status = outcome.status
        remote.failure_cause = outcome.failure_cause
        remote.feedback = outcome.feedback
        message = _message(remote, outcome)
        remote.messages.append(message)
        self._publish(remote.callback, message)
        self._stay_awake(remote.car)


def _message(remote: Remote, outcome: Outcome) -> Message:
    event_type = outcome.type or ("Done" if outcome.status in _DONE else "Pending")
    event_status = {
        "type": event_type,
        "status": outcome.status,
        "failureCause": outcome.failure_cause,
        "feedbackDetail": outcome.feedback,
    }
    return Message(
        kind="Remote",
        car=remote.car,
        type=event_type,
        status=outcome.status,
        body={
            "callbackId": remote.callback.id,
            "type": "Remote",
            "date": timestamp(),
            "attributes": [],
            "remoteEvent": {
                "remoteActionId": remote.id,
                "remoteType": remote.kind.type,
                "eventStatus": {key: value for key, value in event_status.items() if value is not None},
            },
        },
        own=remote.body,
        variables={
            "vin": remote.car.vin,
            "remotetype": remote.kind.type,
            "remotestatus": outcome.status,
            "remotelabel": remote.body.get("label", ""),
        },
    )
