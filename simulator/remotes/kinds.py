"""The kinds of remotes, by their key in the body: what the car does."""

from datetime import datetime
from typing import Any

from simulator.base.clock import timestamp
from simulator.base.durations import format_duration

from .remote import Kind, Remote


def _set_doors(remote: Remote) -> None:
    if remote.action["state"] == "Locked":
        remote.car.lock()
    else:
        remote.car.unlock()


def _set_horn(remote: Remote) -> None:
    remote.car.honking = remote.action["state"] == "Activated"


def _set_lights(remote: Remote) -> None:
    remote.car.lights = remote.action["on"]


def _set_charging(remote: Remote) -> None:
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


def _set_preconditioning(remote: Remote) -> None:
    # By default `immediate` is false: a request about programs alone stops what runs.
    remote.car.preconditioning = "Enabled" if remote.immediate else "Disabled"
    remote.car.programs = _programs_after(remote)


def _is_preconditioned(remote: Remote) -> bool:
    started = remote.car.preconditioning == "Enabled"
    return bool(remote.immediate) is started and remote.car.programs == _programs_after(remote)


def _programs_after(remote: Remote) -> dict[int, dict[str, Any]]:
    """Return the preconditioning programs that the car has after this remote, in the form in which it reports them."""
    programs = dict(remote.car.programs) if remote.car.keeps_programs else {}
    for program in remote.options.get("programs", ()):
        entry = {"recurrence": "Daily"} | program
        if entry.pop("actionsType", "Set") == "Set":
            programs[program["slot"]] = entry
        else:
            programs.pop(program["slot"], None)
    return programs


def _set_destinations(remote: Remote) -> None:
    remote.car.destinations = [position["coordinates"] for position in remote.action["positions"]]
    remote.car.driver_approval = remote.action.get("driverApproval")


def _set_immobilization(remote: Remote) -> None:
    remote.car.immobilized = remote.action["activate"]


def _set_stolen(remote: Remote) -> None:
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
        is_done=lambda remote: remote.car.locked == (remote.action["state"] == "Locked"),
        carry_out=_set_doors,
        blocks=("doorsState", "alarm"),
    ),
    "horn": Kind(type="Horn", scope="remote:horn:write", capability="horn", carry_out=_set_horn),
    "lights": Kind(type="Lights", scope="remote:lights:write", capability="lights", carry_out=_set_lights),
    "charging": Kind(
        type="ElectricBatteryChargingRequest",
        scope="remote:charging:write",
        capability="charging",
        is_done=lambda remote: remote.options == {"immediate": remote.car.charging_status == "InProgress"},
        carry_out=_set_charging,
        blocks=("energies",),
    ),
    "preconditioning": Kind(
        type="ThermalPreconditioning",
        scope="remote:preconditioning:write",
        capability="preconditioning",
        is_done=_is_preconditioned,
        carry_out=_set_preconditioning,
        blocks=("preconditioning",),
    ),
    "wakeUp": Kind(type="WakeUp", scope="remote:wakeup:write", capability="wakeup", blocks=()),
    "navigation": Kind(
        type="Navigation",
        scope="remote:navigation:write",
        capability="navigation",
        carry_out=_set_destinations,
        announced=False,
    ),
    "immobilization": Kind(
        type="Immobilization",
        is_done=lambda remote: remote.car.immobilized is remote.action["activate"],
        carry_out=_set_immobilization,
    ),
    "stolen": Kind(
        type="Stolen",
        is_done=lambda remote: bool(remote.car.stolen) is remote.action["stolen"],
        carry_out=_set_stolen,
        blocks=("stolen",),
    ),
}
