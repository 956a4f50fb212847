"""The vendor's callback, kept in step with Home Assistant's address."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar, cast

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.stellantis.account.callback import Callback, async_delete_callback
from custom_components.stellantis.account.delivery import DeliveryMethod, create_delivery
from custom_components.stellantis.api.client import StellantisClient, UserCallback
from custom_components.stellantis.api.errors import (
    BadRequestError,
    ForbiddenError,
    NoDataError,
    RateLimitError,
    StellantisError,
    VendorError,
)
from custom_components.stellantis.const import CONF_CALLBACK_ID, CONF_DELIVERY
from custom_components.stellantis.translate import NoUrlError

from .parts import make_receiver

LABEL = "Home Assistant entry"
SUBSCRIPTION = {
    "label": LABEL,
    "type": ["Monitor", "Remote"],
    "callback": {
        "webhook": {
            "name": "Home Assistant",
            "target": "https://home.example/api/webhook/webhook",
            "attributes": [
                {"type": "Body", "key": "secret", "value": "secret"},
                {"type": "Body", "key": "vin", "value": "$vin"},
            ],
        }
    },
}


def listed(callback_id: str, subscription: dict[str, Any] = SUBSCRIPTION, **changes: Any) -> UserCallback:
    known = UserCallback(id=callback_id, label=LABEL, status="Running", subscription=deepcopy(subscription))
    return replace(known, **changes)


class Vendor:
    """Plays the API: keeps callbacks, and answers the next requests with `errors` as long as there are any."""

    def __init__(self, *kept: UserCallback) -> None:
        self.kept = {each.id: each for each in kept}
        self.errors: list[StellantisError] = []
        self.refusals: dict[str, StellantisError] = {}
        self.asked: list[str] = []

    async def callbacks(self, **_how: bool) -> list[UserCallback]:
        self._note("list")
        return list(self.kept.values())

    async def callback(self, callback_id: str) -> UserCallback | None:
        self._note(f"show {callback_id}")
        return self.kept.get(callback_id)

    async def create_callback(self, subscription: dict[str, Any]) -> str:
        self._note("create")
        self.kept["new"] = listed("new", subscription)
        return "new"

    async def update_callback(self, callback_id: str, subscription: dict[str, Any]) -> None:
        self._note(f"update {callback_id}")
        self.kept[callback_id] = replace(self.kept[callback_id], subscription=subscription)

    async def set_callback_status(self, callback_id: str, status: str) -> None:
        self._note(f"set {callback_id} {status}")
        self.kept[callback_id] = replace(self.kept[callback_id], status=status)

    async def delete_callback(self, callback_id: str) -> None:
        self._note(f"delete {callback_id}")
        del self.kept[callback_id]

    def _note(self, request: str) -> None:
        self.asked.append(request)
        if self.errors:
            raise self.errors.pop(0)
        if request in self.refusals:
            raise self.refusals[request]


class Notification:
    """A way whose registration a test changes; the vendor may lose it."""

    pushes = True
    brings_status = False
    listening = True
    state: ClassVar[dict[str, Any]] = {}

    def __init__(self) -> None:
        self.device = "first"

    async def async_start(self, on_listening: Callable[[], None]) -> None: ...

    async def async_stop(self) -> None: ...

    async def async_registration(self, *, lost: bool = False) -> dict[str, Any]:
        if lost:
            self.device = "another"
        return {"pushnotif": {"devices": [self.device], "attributes": [{"key": "secret", "value": "secret"}]}}

    def async_on_change(self, changed: Callable[[], None]) -> None: ...


class Bench:
    """A callback, and what it has its users do."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry[Any], vendor: Vendor, delivery: DeliveryMethod | None = None
    ) -> None:
        self.hass = hass
        self.vendor = vendor
        self.monitor_errors: list[StellantisError] = []
        self.in_step = True
        self.done: list[str | bool] = []
        self.needed: set[str] = set()
        self.gaps = 0
        self.new = False
        self.callback = Callback(
            hass,
            entry,
            cast("StellantisClient", vendor),
            delivery or create_delivery(hass, entry, make_receiver()),
            is_needed=lambda callback_id: callback_id in self.needed,
            keep_monitors=self._keep_monitors,
            stop_monitors=lambda: self.done.append("stop monitors"),
            catch_up=self._catch_up,
            on_gap=self._note_gap,
        )

    async def _keep_monitors(self, callback_id: str, vins: AbstractSet[str] | None, new: bool) -> bool:
        self.new = new
        cars = f" for {', '.join(sorted(vins))}" if vins is not None else ""
        self.done.append(f"monitors of {callback_id}{cars}")
        if self.monitor_errors:
            raise self.monitor_errors.pop(0)
        return self.in_step

    async def _catch_up(self, missed: bool) -> None:
        self.done.append(missed)

    def _note_gap(self) -> None:
        self.gaps += 1

    async def reconcile(self) -> list[str | bool]:
        """Bring everything in step; returns what was done for it."""
        self.done.clear()
        self.callback.async_schedule_reconcile()
        await self.hass.async_block_till_done(wait_background_tasks=True)
        return self.done

    async def pass_time(self, seconds: float) -> list[str | bool]:
        self.done.clear()
        async_fire_time_changed(self.hass, dt_util.utcnow() + timedelta(seconds=seconds))
        await self.hass.async_block_till_done(wait_background_tasks=True)
        return self.done


@pytest.fixture
async def bench(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Bench:
    await hass.config.async_update(external_url="https://home.example")
    made = Bench(hass, entry, Vendor())
    made.callback.async_keep()
    await hass.async_block_till_done(wait_background_tasks=True)
    return made


async def test_a_callback_is_registered_and_the_monitors_follow(bench: Bench, entry: ConfigEntry[Any]) -> None:
    assert bench.vendor.asked == ["list", "create"]
    assert bench.vendor.kept["new"].subscription == SUBSCRIPTION
    assert bench.done == ["monitors of new", False]
    assert bench.new
    assert entry.data[CONF_CALLBACK_ID] == await bench.callback.async_id() == "new"
    assert bench.callback.state == {"in_step": True, "failures": 0}


async def test_what_was_not_as_it_should_be_is_told_to_those_who_miss_messages(bench: Bench) -> None:
    assert bench.gaps == 1, "it has been created"
    await bench.reconcile()
    assert bench.gaps == 1
    bench.vendor.kept["new"] = replace(bench.vendor.kept["new"], status="Paused")
    await bench.reconcile()
    assert bench.gaps == 2
    bench.monitor_errors.append(VendorError(500))
    await bench.reconcile()
    assert bench.gaps == 3


async def test_what_is_in_step_is_left_alone(bench: Bench) -> None:
    bench.vendor.asked.clear()
    assert await bench.reconcile() == ["monitors of new", False]
    assert bench.vendor.asked == ["list"]


@pytest.mark.parametrize(
    ("changes", "request_"),
    [
        ({"status": "Paused"}, "set new Running"),
        ({"subscription": {**SUBSCRIPTION, "type": ["Remote"]}}, "update new"),
        ({"subscription": {"callback": {"webhook": {"target": "https://elsewhere.example"}}}}, "update new"),
    ],
)
async def test_what_is_out_of_step_is_mended_and_what_was_missed_is_read(
    bench: Bench, changes: dict[str, Any], request_: str
) -> None:
    bench.vendor.asked.clear()
    bench.vendor.kept["new"] = replace(bench.vendor.kept["new"], **changes)
    assert await bench.reconcile() == ["monitors of new", True]
    assert bench.vendor.asked == ["list", request_]
    assert await bench.reconcile() == ["monitors of new", False]


@pytest.mark.parametrize("shown", [{}, {"type": ["Remote", "Monitor"]}, {"callback": {"webhook": {}}}, {"type": None}])
async def test_what_the_vendor_does_not_show_does_not_differ(bench: Bench, shown: dict[str, Any]) -> None:
    bench.vendor.asked.clear()
    bench.vendor.kept["new"] = listed("new", shown)
    await bench.reconcile()
    assert bench.vendor.asked == ["list"]


async def test_of_several_the_one_that_is_remembered_is_kept(bench: Bench) -> None:
    other = listed("somebody else's", label="Home Assistant of a neighbour")
    bench.vendor.kept = {"double": listed("double"), other.id: other, **bench.vendor.kept}
    bench.vendor.asked.clear()
    await bench.reconcile()
    assert bench.vendor.asked == ["list", "delete double"]


async def test_one_that_is_gone_is_made_again(bench: Bench) -> None:
    bench.vendor.kept.clear()
    assert await bench.callback.async_repair() == "new"
    await bench.hass.async_block_till_done(wait_background_tasks=True)
    assert bench.done[-2:] == ["monitors of new", True]
    assert bench.new
    await bench.reconcile()
    assert not bench.new


async def test_a_failure_is_tried_again_and_what_was_missed_is_read(bench: Bench) -> None:
    bench.vendor.errors = [VendorError(500)]
    bench.monitor_errors = [VendorError(500)]
    assert await bench.reconcile() == []
    assert bench.callback.state == {"in_step": False, "failures": 1}
    assert await bench.pass_time(15) == []
    assert await bench.pass_time(32) == ["monitors of new"]
    assert bench.callback.state == {"in_step": False, "failures": 2}
    assert await bench.pass_time(45) == []
    assert await bench.pass_time(65) == ["monitors of new", True]
    assert bench.callback.state == {"in_step": True, "failures": 0}


async def test_the_vendor_says_how_long_to_wait(bench: Bench) -> None:
    bench.vendor.errors = [RateLimitError(300)]
    await bench.reconcile()
    assert await bench.pass_time(240) == []
    assert await bench.pass_time(302) == ["monitors of new", True]


async def test_without_an_address_nothing_is_pushed_until_there_is_one(bench: Bench) -> None:
    bench.done.clear()
    bench.vendor.asked.clear()
    await bench.hass.config.async_update(external_url="http://home.example")
    await bench.hass.async_block_till_done(wait_background_tasks=True)
    assert bench.done == ["stop monitors"]
    assert bench.vendor.asked == []
    with pytest.raises(NoUrlError):
        await bench.callback.async_repair()
    await bench.hass.config.async_update(external_url="https://moved.example")
    await bench.hass.async_block_till_done(wait_background_tasks=True)
    assert bench.vendor.asked == ["list", "update new"]
    assert bench.done == ["stop monitors", "monitors of new", True]


async def test_deletion_leaves_those_of_others(bench: Bench, entry: ConfigEntry[Any]) -> None:
    other = listed("somebody else's", label=None)
    bench.vendor.kept = {"double": listed("double"), other.id: other, **bench.vendor.kept}
    await async_delete_callback(entry, cast("StellantisClient", bench.vendor), None)
    assert list(bench.vendor.kept) == [other.id]


def listed_notification(device: str, **changes: Any) -> UserCallback:
    """Return what is registered for a device, with the default type of its attribute filled in."""
    attributes = [{"type": "Header", "key": "secret", "value": "secret"}]
    pushed = {"pushnotif": {"devices": [device], "attributes": attributes}}
    return listed("new", {**SUBSCRIPTION, "callback": pushed}, **changes)


def with_empty_kinds(known: UserCallback) -> UserCallback:
    """Return a callback with a null for each kind that it is not."""
    kinds = {"webhook": None, "websocket": None, "pushnotif": None, **known.subscription["callback"]}
    return replace(known, subscription={**known.subscription, "callback": kinds})


@pytest.mark.parametrize(
    ("known", "asked"),
    [
        (listed_notification("first"), []),
        (with_empty_kinds(listed_notification("first")), []),
        (listed_notification("second"), ["update new"]),
        (listed("new"), ["update new"]),
    ],
    ids=["as wanted", "as wanted, the other kinds empty", "another device", "another kind"],
)
async def test_a_callback_of_another_kind_or_device_is_replaced_in_one_request(
    hass: HomeAssistant, entry: ConfigEntry[Any], known: UserCallback, asked: list[str]
) -> None:
    bench = Bench(hass, entry, Vendor(known), Notification())
    await bench.reconcile()
    assert bench.vendor.asked == ["list", *asked]
    assert bench.done == ["monitors of new", bool(asked)]


async def test_a_callback_that_the_vendor_has_lost_is_registered_with_another_device(
    hass: HomeAssistant, entry: ConfigEntry[Any]
) -> None:
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_CALLBACK_ID: "lost"})
    bench = Bench(hass, entry, Vendor(), Notification())
    await bench.reconcile()
    assert bench.vendor.kept["new"].subscription["callback"]["pushnotif"]["devices"] == ["another"]


@pytest.mark.parametrize("refusal", [BadRequestError(400, {}), ForbiddenError(), NoDataError(), VendorError(500)])
async def test_where_one_kind_does_not_become_another_a_new_callback_takes_the_place_of_the_old_one(
    hass: HomeAssistant, entry: ConfigEntry[Any], refusal: StellantisError
) -> None:
    """The vendor takes five monitors of a car, over all callbacks: those of the new one come after the deletion."""
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_CALLBACK_ID: "old"})
    bench = Bench(hass, entry, Vendor(listed("old")), Notification())
    bench.vendor.refusals["update old"] = refusal
    await bench.reconcile()
    assert bench.vendor.asked == ["list", "update old", "create", "delete old"]
    assert bench.done == ["monitors of new", True]
    assert entry.data[CONF_CALLBACK_ID] == "new"


async def test_the_old_callback_stays_until_nothing_needs_it(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """The remotes that report to it end first."""
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_CALLBACK_ID: "old"})
    bench = Bench(hass, entry, Vendor(listed("old")), Notification())
    bench.callback.async_keep()
    bench.needed.add("old")
    bench.vendor.refusals["update old"] = BadRequestError(400, {})

    await hass.async_block_till_done(wait_background_tasks=True)

    assert bench.vendor.asked == ["list", "update old", "create"]
    assert bench.done == ["monitors of new", True]
    assert entry.data[CONF_CALLBACK_ID] == "new"
    await bench.reconcile()  # a look in between
    await bench.pass_time(301)
    assert bench.vendor.kept.keys() == {"old", "new"}
    bench.needed.clear()
    await bench.pass_time(301)
    assert bench.vendor.kept.keys() == {"new"}
    bench.vendor.asked.clear()
    await bench.pass_time(301)
    assert bench.vendor.asked == []


@pytest.mark.parametrize("refusal", [BadRequestError(405, {}), ForbiddenError(), NoDataError()])
async def test_a_callback_of_the_same_kind_that_the_vendor_does_not_change_is_replaced(
    hass: HomeAssistant, entry: ConfigEntry[Any], refusal: StellantisError
) -> None:
    bench = Bench(hass, entry, Vendor(listed_notification("second", id="old")), Notification())
    bench.vendor.refusals["update old"] = refusal
    await bench.reconcile()
    assert bench.vendor.asked == ["list", "update old", "create", "delete old"]
    assert bench.done == ["monitors of new", True]


async def test_a_failure_of_the_vendor_makes_no_second_callback_of_the_same_kind(
    hass: HomeAssistant, entry: ConfigEntry[Any]
) -> None:
    bench = Bench(hass, entry, Vendor(listed_notification("second")), Notification())
    bench.vendor.refusals["update new"] = VendorError(500)
    bench.callback.async_keep()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert bench.vendor.asked == ["list", "update new"]


async def test_a_callback_that_can_be_neither_changed_nor_made_stays(
    hass: HomeAssistant, entry: ConfigEntry[Any]
) -> None:
    bench = Bench(hass, entry, Vendor(listed("old")), Notification())
    bench.vendor.refusals = dict.fromkeys(("update old", "create"), ForbiddenError())
    bench.callback.async_keep()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert bench.vendor.asked == ["list", "update old", "create"]
    assert bench.callback.state == {"in_step": False, "failures": 1}


async def test_a_callback_that_cannot_be_paused_can_be_used(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_DELIVERY: "polling"})
    bench = Bench(hass, entry, Vendor(listed_notification("first", id="old")))
    bench.callback.async_keep()
    bench.vendor.refusals = dict.fromkeys(("update old", "set new Paused"), ForbiddenError())
    await hass.async_block_till_done(wait_background_tasks=True)
    assert bench.vendor.asked == ["list", "update old", "create", "delete old", "set new Paused"]
    bench.vendor.asked.clear()

    assert await bench.callback.async_id() == "new"

    assert bench.vendor.asked == []
    bench.vendor.refusals.clear()
    await bench.pass_time(31)
    assert bench.vendor.asked == ["list", "set new Paused"]
    assert bench.callback.state == {"in_step": True, "failures": 0}


async def test_one_that_takes_the_place_of_a_new_one_may_have_monitors(bench: Bench) -> None:
    """The vendor forgets for a while what there is."""
    bench.vendor.kept.clear()
    assert await bench.callback.async_repair() == "new"
    bench.vendor.kept = {"old": listed("old")}
    assert (await bench.reconcile())[0] == "monitors of old"
    assert not bench.new
