"""One account from its beginning to its end, with somebody who looks at all that a user can see."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
import json
import logging
from pathlib import Path
from typing import Any, Final

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry, ConfigEntryState, ConfigFlowResult
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

import custom_components.stellantis
from custom_components.stellantis.account import get_removals
from custom_components.stellantis.const import DOMAIN
from simulator import Car, Simulator
from simulator.remotes.remote import Remote
from tests.helpers.harness import Harness
from tests.helpers.leftovers import tasks_and_timers
from tests.helpers.mirror import differences
from tests.helpers.ways import Way

_FILE: Final = Path(custom_components.stellantis.__file__).parent / "translations" / "en.json"
SENTENCES: Final[dict[str, Any]] = json.loads(_FILE.read_text())

UNCERTAIN: Final = frozenset({"command_unanswered", "command_timeout", "command_interrupted"})
"""The errors of a command that do not say whether the car carries it out."""

OUTLASTS: Final = timedelta(seconds=31)
"""Longer than the client waits for an answer."""

# Home Assistant's own way to say that a car is unavailable.
_MEANT: Final = "Error fetching "
# Without a token nobody can take anything back.
_LOST: Final = "The vendor still holds "


@dataclass(frozen=True)
class Normal:
    """What there is after a run without a fault."""

    monitors: list[tuple[str, str]]
    entities: frozenset[str]
    blank: frozenset[str]


@dataclass(eq=False)
class Life:
    """One account.

    `told` is what the user has been told, each time the name of a sentence; `wrong` what should not have happened.
    `accepted` are the remotes that the vendor has accepted. With `lost`, the vendor has taken the sign-in away, and
    nothing but a new one helps.
    """

    harness: Harness
    way: Way
    car: Car
    log: pytest.LogCaptureFixture
    lost: bool = False
    entry: ConfigEntry[Any] | None = None
    told: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    accepted: list[Remote] = field(default_factory=list)
    succeeded: bool | None = None
    uncertain: bool = False

    @property
    def vendor(self) -> Simulator:
        return self.harness.vendor

    @property
    def _firebase(self) -> dict[str, str]:
        if self.way.name != "push_notification":
            return {}
        return {f"firebase_{key}": value for key, value in asdict(self.vendor.google.project).items()}

    # What somebody does

    async def add(self) -> None:
        self.entry = await self.harness.add_account(delivery=self.way.name, **self._firebase)

    async def sign_in(self) -> None:
        """Add the account in the browser; give up if the form does not go on."""
        flow = await self.harness.submit(await self.harness.start_flow(), self._form())
        if flow["type"] is FlowResultType.FORM and flow["step_id"] == "firebase":
            flow = await self.harness.submit(flow, self._firebase)
        if flow["type"] is FlowResultType.EXTERNAL_STEP:
            flow = await self.harness.consent(flow)
        if flow["type"] is FlowResultType.CREATE_ENTRY:
            self.entry = flow["result"]
        else:
            self._read_form(flow)
            self.harness.hass.config_entries.flow.async_abort(flow["flow_id"])
        await self.harness.settle()

    def _form(self) -> dict[str, Any]:
        return self.harness.form(delivery=self.way.name)

    def _read_form(self, flow: ConfigFlowResult) -> None:
        for error in (flow.get("errors") or {"": "nothing"}).values():
            self._hear("form", error, SENTENCES["config"]["error"])

    async def sign_in_again(self) -> None:
        """Do what the request to sign in again asks for."""
        for flow in self._reauth_flows():
            form = await self.harness.submit(flow, {})
            result = await self.harness.consent(form)
            if result["type"] is not FlowResultType.ABORT or result["reason"] != "reauth_successful":
                self.wrong.append(f"signing in again ended with {result}")
        await self.harness.settle()

    async def command(self, calling: Awaitable[object]) -> None:
        """Ask the car for something, and hear what becomes of it."""
        try:
            await calling
        except HomeAssistantError as err:
            self.succeeded = False
            self.uncertain = err.translation_key in UNCERTAIN
            self._hear("command", str(err.translation_key), SENTENCES["exceptions"])
        else:
            self.succeeded = True
        await self.vendor.idle()
        await self.harness.settle()

    async def unload(self) -> None:
        assert self.entry
        await self.harness.hass.config_entries.async_unload(self.entry.entry_id)
        await self.harness.settle()

    async def set_up(self) -> None:
        assert self.entry
        await self.harness.hass.config_entries.async_setup(self.entry.entry_id)
        await self.harness.settle()

    async def remove(self) -> None:
        assert self.entry
        await self.harness.hass.config_entries.async_remove(self.entry.entry_id)
        await self.harness.settle()

    async def pass_time(self, **delta: float) -> None:
        """Let time pass, little by little: whatever is to be done meanwhile is done."""
        await self.harness.pass_time(**delta)
        await self.vendor.idle()
        await self.harness.settle()

    def outlast(self) -> None:
        """Let the time pass for which a client waits for an answer."""
        self.harness.passed += OUTLASTS.total_seconds()
        async_fire_time_changed(self.harness.hass, dt_util.utcnow() + OUTLASTS)

    def expire_token(self) -> None:
        """Let the access token run out."""
        assert self.entry
        token = self.entry.data["token"]
        grant = self.vendor.grants.by_refresh_token(token["refresh_token"])
        assert grant
        grant.access_tokens.clear()
        data = {**self.entry.data, "token": {**token, "expires_at": 0}}
        self.harness.hass.config_entries.async_update_entry(self.entry, data=data)

    async def give_up(self) -> None:
        """Remove what is there, so that the next life begins without it."""
        self.vendor.faults.clear()
        entries = self.harness.hass.config_entries
        for flow in self.harness.hass.config_entries.flow.async_progress():
            entries.flow.async_abort(flow["flow_id"])
        for entry in entries.async_entries(DOMAIN):
            await entries.async_remove(entry.entry_id)
        await self.harness.settle()

    # What somebody sees

    def _hear(self, where: str, key: str, sentences: dict[str, Any]) -> None:
        self.told.append(f"{where}: {key}")
        if key not in sentences:
            self.wrong.append(f"{where} says {key}, which is no sentence")

    def look(self) -> None:
        """See what Home Assistant shows by itself."""
        for problem, sentence in self._shown():
            if problem not in self.told:
                self.told.append(problem)
            if not sentence:
                self.wrong.append(f"{problem}, and no sentence says why")

    def _shown(self) -> list[tuple[str, bool]]:
        """Return what shows that something is not as it should be, with whether that has words."""
        shown: list[tuple[str, bool]] = [
            (f"repair: {issue.translation_key}", issue.translation_key in SENTENCES["issues"])
            for issue in ir.async_get(self.harness.hass).issues.values()
            if issue.domain == DOMAIN and issue.active
        ]
        if self._reauth_flows():
            shown.append(("asked to sign in again", True))
        if self.entry is None or self.entry.state is ConfigEntryState.NOT_LOADED:
            return shown
        if self.entry.state is ConfigEntryState.LOADED:
            shown += [(f"{each.entity_id} is off", True) for each in self._connectivity() if self._state(each) == "off"]
            if any(self._state(each) == STATE_UNAVAILABLE for each in self._entities()):
                shown.append(("car unavailable", True))
        else:
            key = self.entry.error_reason_translation_key
            shown.append((f"{self.entry.state.value}: {key}", key in SENTENCES["exceptions"]))
        return shown

    def _reauth_flows(self) -> list[ConfigFlowResult]:
        if self.entry is None:
            return []
        return list(self.entry.async_get_active_flows(self.harness.hass, {SOURCE_REAUTH}))

    def _entities(self) -> list[er.RegistryEntry]:
        assert self.entry
        found = er.async_entries_for_config_entry(er.async_get(self.harness.hass), self.entry.entry_id)
        return [each for each in found if each.disabled_by is None]

    def _connectivity(self) -> list[er.RegistryEntry]:
        return [each for each in self._entities() if each.original_device_class == "connectivity"]

    def _state(self, entity: er.RegistryEntry) -> str:
        state = self.harness.hass.states.get(entity.entity_id)
        return state.state if state else STATE_UNAVAILABLE

    # What is so

    def normal(self, blank: frozenset[str]) -> Normal:
        """Return what there is now; `blank` are entities that may have nothing to show either."""
        return Normal(monitors=self._monitors(), entities=self._keys(self._entities()), blank=self.blank() | blank)

    def _monitors(self) -> list[tuple[str, str]]:
        callbacks = self.vendor.callbacks.values()
        return sorted((str(each.label), each.status) for one in callbacks for each in one.monitors.values())

    def blank(self) -> frozenset[str]:
        """Return the entities that show nothing."""
        unknown = {STATE_UNAVAILABLE, STATE_UNKNOWN}
        return self._keys(each for each in self._entities() if self._state(each) in unknown)

    @staticmethod
    def _keys(entities: Iterable[er.RegistryEntry]) -> frozenset[str]:
        return frozenset(f"{each.domain} {each.unique_id.partition('_')[2]}" for each in entities)

    def remains(self, normal: Normal) -> list[str]:
        """Return what is not (yet) as after a run without a fault."""
        if self.entry is None:
            return ["there is no account"]
        if self.entry.state is not ConfigEntryState.LOADED:
            return [f"the account is {self.entry.state}"]
        if missing := normal.entities - self._keys(self._entities()):
            return [f"missing: {sorted(missing)}"]
        found = [f"shown: {problem}" for problem, _ in self._shown()]
        found += [f"{entity}: {states}" for entity, states in differences(self.harness, self.car).items()]
        found += [f"{key} is not {right}" for key, right in self._details() if self._number(key) != right]
        callbacks = [(one.label, one.status) for one in self.vendor.callbacks.values()]
        status = "Running" if self.way.told else "Paused"
        if callbacks != [(f"Home Assistant {self.entry.entry_id}", status)]:
            found.append(f"callbacks: {callbacks}")
        if (monitors := self._monitors()) != normal.monitors:
            found.append(f"monitors: {monitors}")
        if blank := self.blank() - normal.blank:
            found.append(f"blank: {sorted(blank)}")
        if len(self.vendor.grants) != 1 and not self.lost:
            found.append(f"{len(self.vendor.grants)} grants")
        return found + self._untold()

    def _details(self) -> list[tuple[str, float]]:
        """Return what sensors must show that a status does not hold."""
        assert self.car.maintenance
        found = [
            ("maintenance_days", self.car.maintenance.days),
            ("maintenance_distance", self.car.maintenance.distance),
        ]
        return found + [("last_trip_distance", trip.distance) for trip in self.car.trips[-1:]]

    def _number(self, key: str) -> float | None:
        state = self.harness.state(self.car, "sensor", key).state
        return None if state in {STATE_UNAVAILABLE, STATE_UNKNOWN} else float(state)

    def _untold(self) -> list[str]:
        """Return what the user does not know of how commands have ended."""
        ended = [each for each in self.accepted if each.ended]
        if not ended:
            return []
        states = self.harness.state(self.car, "event", "remote")
        told = states.attributes.get("event_type")
        return [] if told in {"success", "already_done"} else [f"the end of the remote was told as {told}"]

    def judge_command(self) -> None:
        """Compare what the user was told at once with what the vendor has done."""
        if len(self.accepted) > 1:
            self.wrong.append(f"the car was asked {len(self.accepted)} times")
        if self.succeeded and not self.accepted:
            self.wrong.append("a command succeeded that the vendor has not accepted")
        if self.succeeded is False and not self.uncertain and self.accepted:
            self.wrong.append(f"a command was said to have failed that the vendor has accepted: {self.told}")

    def remains_at_the_vendor(self) -> list[str]:
        """Return what the vendor still holds once the account is gone."""
        found = [f"callback {one.label}" for one in self.vendor.callbacks.values()]
        if self.vendor.grants:
            found.append(f"{len(self.vendor.grants)} grants")
        return [] if self.lost else found + self._open_removals()

    def _open_removals(self) -> list[str]:
        return [f"removal {each}" for each in get_removals(self.harness.hass)._open]

    def judge_log(self) -> None:
        """Find what must not be in the log."""
        for record in self.log.records:
            message = record.getMessage()
            if message.startswith(_MEANT) or (self.lost and message.startswith(_LOST)):
                continue
            if record.levelno >= logging.ERROR or (record.exc_info and record.levelno > logging.DEBUG):
                self.wrong.append(f"log: {record.name}: {message} {record.exc_text or ''}")
            elif record.levelno == logging.WARNING and record.name.startswith("custom_components"):
                self.wrong.append(f"log: {message}")

    def judge_leftovers(self) -> None:
        """Find what still runs after the unload."""
        self.wrong += [f"left: {each}" for each in tasks_and_timers() if "removals" not in each]
        connector: Any = async_get_clientsession(self.harness.hass).connector
        if connector._acquired:
            self.wrong.append(f"left: {len(connector._acquired)} connections")
        self.wrong += self._open_removals()


def count_accepted(life: Life, put: Callable[[object, str, object], None]) -> None:
    """Have a life count the remotes that the vendor accepts."""
    begin = life.vendor.remotes.begin

    def counted(remote_id: str, **values: Any) -> Remote:
        remote = begin(remote_id, **values)
        life.accepted.append(remote)
        return remote

    put(life.vendor.remotes, "begin", counted)
