"""The callback: found again, made, mended, tried again, deleted."""

import asyncio
import json
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
import pytest
from yarl import URL

from custom_components.stellantis.account import questions
from custom_components.stellantis.const import DOMAIN
from simulator import Callback, Car, Fault

from .helpers.callbacks import changes, looks, only_callback
from .helpers.harness import Harness
from .helpers.held import Held

pytestmark = pytest.mark.usefixtures("polled")


def forget_callback(harness: Harness, entry: ConfigEntry[Any]) -> None:
    """Let Home Assistant forget the callback's id."""
    data = {key: value for key, value in entry.data.items() if key != "callback_id"}
    harness.hass.config_entries.async_update_entry(entry, data=data)


async def test_a_callback_is_registered_as_the_contract_says(harness: Harness) -> None:
    entry = await harness.add_account()

    callback = only_callback(harness)
    assert callback.status == "Running"
    assert callback.subscribe == {
        "label": f"Home Assistant {entry.entry_id}",
        "type": ["Monitor", "Remote"],
        "callback": {
            "webhook": {
                "name": "Home Assistant",
                "target": f"{harness.front.url}/api/webhook/{entry.data['webhook_id']}",
                "attributes": [
                    {"type": "Body", "key": "secret", "value": entry.data["callback_secret"]},
                    {"type": "Body", "key": "vin", "value": "$vin"},
                ],
            }
        },
    }
    assert entry.data["callback_id"] == callback.id


async def test_two_accounts_have_a_callback_each(harness: Harness) -> None:
    entries = [await harness.add_account("driver"), await harness.add_account("family")]
    callbacks = harness.vendor.callbacks
    assert [callbacks[entry.data["callback_id"]].account.name for entry in entries] == ["driver", "family"]
    assert len(callbacks) == 2


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 404, "body": {"code": 40400, "message": "None for the moment"}},
        {"status": 204},
        {"body": {"_embedded": {}}},
    ],
    ids=["404", "204", "empty"],
)
async def test_a_callback_that_the_vendors_list_lacks_for_a_while_is_kept(
    harness: Harness, answer: dict[str, Any]
) -> None:
    """A second one would have its messages told twice, and its monitors refused: a car has room for five."""
    entry = await harness.add_account()
    callback, before = only_callback(harness), changes(harness)
    harness.vendor.faults.add(Fault(method="GET", path="/user/callbacks", **answer))

    await harness.reload(entry)

    assert only_callback(harness) is callback
    assert changes(harness) == before


@pytest.mark.parametrize("answer", [{"status": 403}, {"status": 400}, {"status": 404, "body": "<html>"}])
async def test_a_callback_that_the_vendor_does_not_show_is_made_anew(harness: Harness, answer: dict[str, Any]) -> None:
    entry = await harness.add_account()
    harness.vendor.callbacks.clear()
    harness.vendor.faults.add(Fault(method="GET", path="/user/callbacks/*", **answer))

    await harness.reload(entry)

    assert entry.data["callback_id"] == only_callback(harness).id


@pytest.mark.parametrize("remembered", [True, False])
async def test_the_callback_is_found_again_after_a_restart(harness: Harness, remembered: bool) -> None:
    entry = await harness.add_account()
    callback, before = only_callback(harness), changes(harness)
    if not remembered:
        forget_callback(harness, entry)

    await harness.reload(entry)

    assert only_callback(harness) is callback
    assert entry.data["callback_id"] == callback.id
    assert changes(harness) == before


async def test_a_callback_that_differs_is_mended(harness: Harness, subtests: pytest.Subtests) -> None:
    entry = await harness.add_account()
    callback = only_callback(harness)
    wanted = json.loads(json.dumps(callback.subscribe))
    different: tuple[dict[str, Any], ...] = (
        {"target": "https://elsewhere.example.com"},
        {"attributes": []},
        {"attributes": [{"type": "Body", "key": "secret", "value": "another"}]},
    )
    for change in different:
        with subtests.test(str(change)):
            callback.subscribe["callback"]["webhook"] |= change

            await harness.reload(entry)

            assert only_callback(harness) is callback
            assert callback.subscribe == wanted


async def test_a_callback_that_is_only_written_differently_is_left_alone(harness: Harness) -> None:
    entry = await harness.add_account()
    callback = only_callback(harness)
    hook = callback.subscribe["callback"]["webhook"]
    hook["attributes"] = [{**dict(reversed(each.items())), "more": 1} for each in reversed(hook["attributes"])]
    callback.subscribe["type"].reverse()
    before = changes(harness)

    await harness.reload(entry)

    assert changes(harness) == before


@pytest.mark.parametrize("hidden", ["type", "attributes"])
async def test_what_the_vendor_does_not_show_of_a_callback_is_not_mended(harness: Harness, hidden: str) -> None:
    entry = await harness.add_account()
    subscribe = only_callback(harness).subscribe
    (subscribe if hidden == "type" else subscribe["callback"]["webhook"]).pop(hidden)
    before = changes(harness)

    await harness.reload(entry)

    assert changes(harness) == before


async def test_after_a_time_in_which_the_vendor_did_not_answer_the_car_is_read(harness: Harness, car: Car) -> None:
    """Its reports may not have arrived, although nothing had to be mended."""
    await harness.add_account()
    harness.vendor.faults.add(Fault(path="/user/callbacks", status=503))
    await harness.pass_time(hours=25)
    reads = harness.reads(car)
    await harness.pass_time(seconds=31)
    assert harness.reads(car) == reads + 1


async def test_a_callback_that_stands_still_is_set_running(harness: Harness, subtests: pytest.Subtests) -> None:
    entry = await harness.add_account()
    callback = only_callback(harness)
    for status in ("Paused", "Failed"):
        with subtests.test(status):
            callback.status = status

            await harness.reload(entry)

            assert only_callback(harness) is callback
            assert callback.status == "Running"


def add_callback(harness: Harness, callback_id: str, label: str) -> Callback:
    """Register one more callback for the driver."""
    ours = only_callback(harness)
    other = Callback(
        id=callback_id,
        account=ours.account,
        client_id=ours.client_id,
        subscribe=json.loads(json.dumps(ours.subscribe)) | {"label": label},
    )
    # In front of ours: the first one is not the one to keep.
    harness.vendor.callbacks = {callback_id: other} | harness.vendor.callbacks
    return other


@pytest.mark.parametrize("gone", [False, True])
async def test_duplicates_are_deleted(harness: Harness, gone: bool) -> None:
    entry = await harness.add_account()
    callback = only_callback(harness)
    add_callback(harness, "0123456789abcdef", callback.subscribe["label"])
    callback.status = "Paused"
    if gone:
        harness.vendor.faults.add(Fault(method="DELETE", path="/user/callbacks/*", status=404, after=True))

    await harness.reload(entry)

    assert only_callback(harness) is callback
    assert entry.data["callback_id"] == callback.id
    assert callback.status == "Running"


async def test_callbacks_of_others_are_left_alone(harness: Harness) -> None:
    entry = await harness.add_account()
    other = add_callback(harness, "0123456789abcdef", "Home Assistant of a friend")

    await harness.reload(entry)
    await harness.hass.config_entries.async_remove(entry.entry_id)
    await harness.settle()

    assert only_callback(harness) is other


async def test_the_vendor_is_tried_again_after_longer_and_longer_waits(harness: Harness) -> None:
    harness.vendor.faults.add(Fault(path="/user/callbacks", status=503, times=None))
    entry = await harness.add_account()
    assert looks(harness) == 1

    for tries, wait in enumerate([30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600], start=1):
        await harness.pass_time(seconds=wait - 5)
        assert looks(harness) == tries
        await harness.pass_time(seconds=wait)
        assert looks(harness) == tries + 1

    harness.vendor.faults.clear()
    await harness.pass_time(hours=1)
    assert only_callback(harness).id == entry.data["callback_id"]
    before = looks(harness)
    await harness.pass_time(hours=2)
    assert looks(harness) == before


async def test_waits_begin_anew_after_a_success(harness: Harness) -> None:
    harness.vendor.faults.add(Fault(path="/user/callbacks", status=503, times=3))
    await harness.add_account()
    await harness.pass_time(seconds=30)
    await harness.pass_time(seconds=60)
    await harness.pass_time(seconds=120)
    before = looks(harness)

    harness.vendor.faults.add(Fault(path="/user/callbacks", status=503))
    await harness.hass.config.async_update(external_url="https://new.example.com")
    await harness.settle()
    await harness.pass_time(seconds=30)

    assert looks(harness) == before + 2
    assert URL(only_callback(harness).target).host == "new.example.com"


async def test_the_vendor_says_how_long_to_wait(harness: Harness) -> None:
    limit = Fault(path="/user/callbacks", status=429, headers={"Retry-After": "500"})
    harness.vendor.faults.add(limit)
    await harness.add_account()

    await harness.pass_time(seconds=495)
    assert looks(harness) == 1
    await harness.pass_time(seconds=500)
    assert len(harness.vendor.callbacks) == 1


async def test_entities_work_while_the_callback_cannot_be_looked_at(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    harness.vendor.faults.add(Fault(method="GET", path="/user/callbacks", status=503, times=None))

    await harness.reload(entry)

    assert harness.state(car, "lock", "doors").state == "locked"
    await harness.call(car, "lock", "doors", "unlock")
    assert not car.locked


async def test_a_grant_that_is_gone_when_the_callback_is_looked_at_asks_for_a_sign_in(harness: Harness) -> None:
    await harness.add_account()
    harness.vendor.revoke_tokens("driver")

    await harness.hass.config.async_update(external_url="https://new.example.com")
    await harness.settle()
    assert not harness.hass.config_entries.flow.async_progress_by_handler(DOMAIN)

    await harness.pass_time(minutes=6)
    [flow] = harness.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == "reauth"


async def test_unloading_keeps_the_callback(harness: Harness) -> None:
    entry = await harness.add_account()
    before = changes(harness)

    await harness.hass.config_entries.async_unload(entry.entry_id)
    await harness.hass.config.async_update(external_url="https://new.example.com")
    await harness.settle()

    assert only_callback(harness).id == entry.data["callback_id"]
    assert changes(harness) == before


async def test_a_remote_that_meets_an_unknown_callback_is_sent_again_with_a_new_one(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    lost = entry.data["callback_id"]
    harness.vendor.callbacks.clear()

    await harness.call(car, "lock", "doors", "unlock")

    assert not car.locked
    assert entry.data["callback_id"] == only_callback(harness).id != lost
    assert [request.status for request in harness.requests("POST", "/remotes")] == [404, 202]


@pytest.mark.usefixtures("three_cars")
async def test_remotes_of_several_cars_that_meet_an_unknown_callback_repair_it_once(harness: Harness) -> None:
    await harness.add_account()
    cars = harness.vendor.accounts["driver"].cars
    harness.vendor.callbacks.clear()
    harness.vendor.requests.clear()
    await asyncio.gather(*[harness.call(one, "lock", "doors", "unlock") for one in cars])
    await harness.settle()
    assert len(harness.vendor.callbacks) == 1
    assert len(harness.requests("POST", "/user/callbacks")) == 1
    assert looks(harness) <= len(cars) + 1  # one for each, if they fail one after the other, and one for the monitors
    for one in cars:
        labels = [request.body["label"] for request in harness.requests("POST", f"/{one.id}/callbacks/*/monitors")]
        assert labels
        assert len(set(labels)) == len(labels)


async def test_a_callback_that_is_made_while_the_account_is_unloaded_is_the_only_one(harness: Harness) -> None:
    answer = Held(method="POST", path="/user/callbacks")
    harness.vendor.faults.add(answer)
    adding = asyncio.create_task(harness.add_account())
    await answer.held.wait()
    [unloaded] = harness.hass.config_entries.async_entries(DOMAIN)
    changed = asyncio.Event()
    unloaded.async_on_state_change(changed.set)
    while unloaded.state is not ConfigEntryState.LOADED:
        changed.clear()
        await changed.wait()
    unloading = asyncio.create_task(harness.hass.config_entries.async_unload(unloaded.entry_id))
    await asyncio.sleep(0)
    answer.let_go.set()
    assert await unloading
    await adding
    requests = len(harness.vendor.requests)
    await harness.pass_time(hours=25)
    assert len(harness.vendor.requests) == requests
    assert await harness.hass.config_entries.async_setup(unloaded.entry_id)
    await harness.settle()
    assert only_callback(harness).id == unloaded.data["callback_id"]


async def test_a_remote_is_not_sent_again_to_a_callback_that_the_vendor_knows(
    harness: Harness, car: Car, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows what the 404 was about: the vendor may have acted."""
    monkeypatch.setattr(questions, "LOOK_AFTER", (0.0,))
    await harness.add_account()
    harness.vendor.faults.add(Fault(method="POST", path="*/remotes", status=404, times=None))

    failure = await harness.failure(harness.call(car, "lock", "doors", "unlock"))

    assert failure.translation_key == "no_data"
    assert len(harness.requests("POST", "/remotes")) == 1
