"""Refusals of the sign-in: which pass, when a person is asked to sign in again, and when the question is taken back."""

from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.stellantis.account import async_remove_storage
from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault, gateway_refusal, token_error

from .helpers.harness import Harness
from .helpers.vendor import make_grant

pytestmark = pytest.mark.usefixtures("polled")


def questions(harness: Harness) -> list[str]:
    """Return the entries that a person is asked to sign in again to."""
    flows = harness.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    return [flow["context"]["entry_id"] for flow in flows if flow["context"]["source"] == "reauth"]


def asked(harness: Harness) -> int:
    """Return how often the identity provider has been asked for a new token."""
    return len(harness.requests("POST", "/access_token"))


def expire(harness: Harness, entry: ConfigEntry[Any]) -> None:
    """Let the access token be over."""
    token = {**entry.data["token"], "expires_at": 0}
    harness.hass.config_entries.async_update_entry(entry, data={**entry.data, "token": token})


def refuse(harness: Harness, entry: ConfigEntry[Any], error: str = "invalid_grant", times: int | None = None) -> None:
    """Let the access token be over, and the identity provider refuse to issue another one."""
    expire(harness, entry)
    harness.vendor.faults.add(token_error(error, times=times))


async def restart(harness: Harness, entry: ConfigEntry[Any], *, stored: bool = True) -> None:
    """Set an account up again, with or without what was stored of its cars."""
    await harness.hass.config_entries.async_unload(entry.entry_id)
    if not stored:
        await async_remove_storage(harness.hass, entry)
    await harness.hass.config_entries.async_setup(entry.entry_id)
    await harness.settle()


def is_locked(harness: Harness, car: Car) -> bool:
    return harness.state(car, "lock", "doors").state == "locked"


def is_unavailable(harness: Harness, car: Car) -> bool:
    return harness.state(car, "lock", "doors").state == "unavailable"


async def navigate(harness: Harness, entry: ConfigEntry[Any], car: Car) -> None:
    """Send a destination: unlike the service of an entity, this action is not left out while a car is unavailable."""
    device = dr.async_get(harness.hass).async_get_device_by_identifier((DOMAIN, car.vin), entry.entry_id)
    assert device
    call = {"device_id": device.id, "destinations": [{"latitude": 48.8, "longitude": 2.3}]}
    await harness.hass.services.async_call(DOMAIN, "send_navigation", call, blocking=True)


# The gateway of the API


@pytest.mark.usefixtures("three_cars")
async def test_a_token_that_the_gateway_refuses_twice_in_a_poll_is_no_lost_sign_in(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.vendor.faults.add(gateway_refusal(path="*/status", car=car, times=2))

    await harness.pass_time(minutes=31)
    assert not questions(harness)
    assert is_locked(harness, car)

    reads = harness.reads(car)
    await harness.pass_time(seconds=80)
    assert harness.reads(car) == reads + 1
    assert harness.requests("GET", f"/{car.id}/status")[-1].status == 200


async def test_a_gateway_that_goes_on_refusing_makes_cars_unavailable_and_asks_nobody(
    harness: Harness, car: Car
) -> None:
    await harness.add_account()
    harness.vendor.faults.add(gateway_refusal(times=None))
    for _ in range(4):
        await harness.pass_time(minutes=31)
    assert is_unavailable(harness, car)
    assert not questions(harness)

    harness.vendor.faults.clear()
    await harness.pass_time(minutes=31)
    assert is_locked(harness, car)


async def test_a_command_that_the_gateway_refuses_says_so(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.vendor.faults.add(gateway_refusal(path="*/remotes"))

    failure = await harness.failure(harness.call(car, "lock", "doors", "unlock"))

    assert failure.translation_key == "token_refused"
    assert not questions(harness)
    await harness.call(car, "lock", "doors", "unlock")


async def test_a_gateway_that_refuses_at_the_start_leaves_the_cars_of_the_last_time(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    harness.vendor.faults.add(gateway_refusal(path="/user/vehicles", times=2))

    await restart(harness, entry)

    assert entry.state is ConfigEntryState.LOADED
    assert is_locked(harness, car)
    assert not questions(harness)


async def test_after_an_hour_of_refused_tokens_a_person_is_asked_until_one_is_accepted(
    harness: Harness, car: Car
) -> None:
    entry = await harness.add_account()
    harness.vendor.faults.add(gateway_refusal(times=None))
    await harness.pass_time(minutes=31)
    await harness.pass_time(minutes=59)
    assert not questions(harness)

    await harness.pass_time(minutes=61)
    await harness.pass_time(minutes=31)
    assert questions(harness) == [entry.entry_id]
    assert asked(harness) > 2

    [flow] = harness.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    harness.hass.config_entries.flow.async_abort(flow["flow_id"])
    await harness.pass_time(hours=1)
    assert questions(harness) == [entry.entry_id]

    harness.vendor.faults.clear()
    await harness.pass_time(hours=1)
    assert not questions(harness)
    assert is_locked(harness, car)


async def test_a_token_that_is_accepted_in_between_begins_the_hour_anew(harness: Harness) -> None:
    await harness.add_account()
    harness.vendor.faults.add(gateway_refusal(times=2))
    await harness.pass_time(minutes=31)
    await harness.pass_time(minutes=31)
    harness.vendor.faults.add(gateway_refusal(times=2))

    await harness.pass_time(days=1)

    assert not questions(harness)


async def test_an_outage_after_a_refused_token_is_no_refusal(harness: Harness) -> None:
    entry = await harness.add_account()
    harness.vendor.faults.add(gateway_refusal(path="*/status", times=2))
    harness.vendor.faults.add(Fault(path="/user*", status=503, times=None))
    await harness.pass_time(minutes=31)
    await harness.pass_time(days=1)
    assert not questions(harness)

    harness.vendor.faults.clear()
    harness.vendor.faults.add(gateway_refusal(times=None))
    await harness.pass_time(hours=1)
    assert questions(harness) == [entry.entry_id]


# The identity provider


@pytest.mark.parametrize("error", ["invalid_grant", "invalid_client"])
async def test_a_sign_in_that_is_refused_once_is_tried_again_and_asks_nobody(
    harness: Harness, car: Car, error: str
) -> None:
    entry = await harness.add_account()
    refuse(harness, entry, error, times=1)

    await harness.pass_time(minutes=31)
    assert (asked(harness), questions(harness)) == (1, [])
    assert is_locked(harness, car)
    reads = harness.reads(car)

    await harness.pass_time(minutes=6)
    assert (asked(harness), questions(harness)) == (2, [])
    assert harness.reads(car) > reads


@pytest.mark.parametrize(
    ("error", "key"), [("invalid_grant", "invalid_auth"), ("invalid_client", "invalid_client")], ids=["grant", "client"]
)
async def test_a_sign_in_that_is_refused_again_minutes_later_asks_a_person_once(
    harness: Harness, car: Car, error: str, key: str
) -> None:
    entry = await harness.add_account()
    refuse(harness, entry, error)

    await harness.pass_time(minutes=31)
    await harness.pass_time(minutes=6)
    assert (asked(harness), questions(harness)) == (2, [entry.entry_id])

    await harness.pass_time(minutes=6)
    assert is_unavailable(harness, car)
    failure = await harness.failure(navigate(harness, entry, car))
    assert failure.translation_key == key
    assert (asked(harness), questions(harness)) == (2, [entry.entry_id])


@pytest.mark.usefixtures("three_cars")
async def test_a_sign_in_that_is_refused_in_any_other_word_asks_a_person_too(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    expire(harness, entry)
    harness.vendor.faults.add(token_error("unauthorized_client", times=None, description="No such grant type"))

    await harness.pass_time(minutes=31)
    assert not questions(harness)
    await harness.pass_time(minutes=6)
    assert questions(harness) == [entry.entry_id]
    failure = await harness.failure(navigate(harness, entry, car))
    assert failure.translation_key == "rejected"
    assert failure.translation_placeholders == {"message": "No such grant type"}

    harness.vendor.faults.clear()
    await harness.pass_time(minutes=61)
    assert not questions(harness)
    assert is_locked(harness, car)


async def test_many_callers_are_one_refusal(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    refuse(harness, entry)

    await harness.pass_time(minutes=31)
    for _ in range(3):
        failure = await harness.failure(harness.call(car, "lock", "doors", "unlock"))
        assert failure.translation_key == "sign_in_refused"
    await harness.pass_time(minutes=2)

    assert (asked(harness), questions(harness)) == (1, [])


async def test_a_command_that_meets_the_first_refusal_asks_nobody(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    refuse(harness, entry, times=1)

    failure = await harness.failure(harness.call(car, "lock", "doors", "unlock"))
    assert failure.translation_key == "sign_in_refused"
    assert not questions(harness)

    await harness.pass_time(minutes=6)
    await harness.call(car, "lock", "doors", "unlock")
    assert not car.locked


async def test_while_a_person_is_asked_the_vendor_is_asked_less_and_less_often(harness: Harness) -> None:
    entry = await harness.add_account()
    refuse(harness, entry)
    await harness.pass_time(minutes=31)
    await harness.pass_time(minutes=6)
    before = asked(harness)

    for times, minutes in enumerate((10, 20, 40, 60, 60, 60)):
        await harness.pass_time(minutes=minutes - 1)
        assert asked(harness) == before + times
        await harness.pass_time(minutes=minutes + 1)
        assert asked(harness) == before + times + 1
    assert questions(harness) == [entry.entry_id]


async def test_a_sign_in_that_works_again_takes_the_question_back(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    refuse(harness, entry)
    for minutes in (31, 6, 6):
        await harness.pass_time(minutes=minutes)
    assert is_unavailable(harness, car)
    issues = ir.async_get(harness.hass).issues
    assert ("homeassistant", f"config_entry_reauth_{DOMAIN}_{entry.entry_id}") in issues

    harness.vendor.faults.clear()
    await harness.pass_time(minutes=61)

    assert not questions(harness)
    assert ("homeassistant", f"config_entry_reauth_{DOMAIN}_{entry.entry_id}") not in issues
    assert is_locked(harness, car)
    await harness.call(car, "lock", "doors", "unlock")
    # A refusal after that is a first one.
    refuse(harness, entry)
    await harness.pass_time(minutes=31)
    assert not questions(harness)


async def test_a_question_that_somebody_else_has_put_is_left_alone(harness: Harness) -> None:
    entry = await harness.add_account()
    entry.async_start_reauth(harness.hass)
    await harness.settle()
    refuse(harness, entry, times=1)

    await harness.pass_time(minutes=31)
    await harness.pass_time(minutes=6)

    assert asked(harness) == 2
    assert questions(harness) == [entry.entry_id]


async def test_a_vendor_that_fails_while_a_sign_in_is_refused_neither_confirms_nor_ends_it(harness: Harness) -> None:
    entry = await harness.add_account()
    refuse(harness, entry, times=1)
    harness.vendor.faults.add(Fault(path="/access_token", status=503))
    harness.vendor.faults.add(token_error("invalid_grant", times=None))

    await harness.pass_time(minutes=31)
    await harness.pass_time(minutes=6)
    assert (asked(harness), questions(harness)) == (2, [])

    await harness.pass_time(minutes=6)
    assert (asked(harness), questions(harness)) == (3, [entry.entry_id])


async def test_while_a_sign_in_is_refused_the_vendor_may_ask_to_wait_longer(harness: Harness) -> None:
    entry = await harness.add_account()
    refuse(harness, entry, times=1)
    wait = {"Retry-After": "3600"}
    harness.vendor.faults.add(Fault(path="/access_token", status=429, headers=wait, times=None))
    await harness.pass_time(minutes=31)
    await harness.pass_time(minutes=6)
    assert asked(harness) == 2

    await harness.pass_time(minutes=58)
    assert asked(harness) == 2
    await harness.pass_time(minutes=61)
    assert asked(harness) == 3


async def test_an_account_that_is_unloaded_asks_no_more(harness: Harness) -> None:
    entry = await harness.add_account()
    refuse(harness, entry)
    await harness.pass_time(minutes=31)
    await harness.hass.config_entries.async_unload(entry.entry_id)

    await harness.pass_time(hours=2)

    assert (asked(harness), questions(harness)) == (1, [])


async def test_what_the_vendor_holds_is_looked_at_when_the_sign_in_works_again(harness: Harness) -> None:
    entry = await harness.add_account()
    harness.vendor.callbacks.clear()
    refuse(harness, entry, times=1)
    await harness.pass_time(minutes=31)

    await harness.pass_time(minutes=6)

    assert entry.data["callback_id"] in harness.vendor.callbacks


# At the start


@pytest.mark.parametrize("error", ["invalid_grant", "invalid_client"])
async def test_a_first_refusal_at_the_start_leaves_the_cars_of_the_last_time(
    harness: Harness, car: Car, error: str
) -> None:
    entry = await harness.add_account()
    refuse(harness, entry, error, times=1)

    await restart(harness, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert is_locked(harness, car)
    assert (asked(harness), questions(harness)) == (1, [])
    reads = harness.reads(car)

    await harness.pass_time(minutes=6)
    assert harness.reads(car) > reads
    assert not questions(harness)


async def test_a_sign_in_that_was_lost_before_a_reload_asks_a_person_at_once(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    refuse(harness, entry)
    await harness.pass_time(minutes=31)
    await harness.pass_time(minutes=6)

    await harness.reload(entry)  # Home Assistant takes the question back
    assert entry.state is ConfigEntryState.LOADED
    assert questions(harness) == [entry.entry_id]

    harness.vendor.faults.clear()
    await harness.pass_time(minutes=61)
    assert not questions(harness)
    assert is_locked(harness, car)


async def test_without_stored_cars_the_set_up_is_tried_again_until_the_sign_in_works(
    harness: Harness, car: Car
) -> None:
    entry = await harness.add_account()
    await harness.hass.config_entries.async_unload(entry.entry_id)
    refuse(harness, entry)
    await restart(harness, entry, stored=False)
    assert (entry.state, entry.error_reason_translation_key) == (ConfigEntryState.SETUP_RETRY, "sign_in_refused")

    for seconds in (10, 20, 40, 80):
        await harness.pass_time(seconds=seconds)
    assert (asked(harness), questions(harness)) == (1, [])

    for _ in range(2):
        await harness.pass_time(minutes=6)
    assert (entry.state, entry.error_reason_translation_key) == (ConfigEntryState.SETUP_RETRY, "invalid_auth")
    assert (asked(harness), questions(harness)) == (2, [entry.entry_id])

    await harness.hass.config_entries.async_reload(entry.entry_id)  # Home Assistant takes the question back
    await harness.settle()
    assert (asked(harness), questions(harness)) == (2, [entry.entry_id])

    harness.vendor.faults.clear()
    for _ in range(2):
        await harness.pass_time(minutes=61)
    assert entry.state is ConfigEntryState.LOADED
    assert not questions(harness)
    assert is_locked(harness, car)


async def test_an_account_that_is_removed_while_its_sign_in_is_refused_asks_no_more(harness: Harness) -> None:
    entry = await harness.add_account()
    await harness.hass.config_entries.async_unload(entry.entry_id)
    refuse(harness, entry)
    await restart(harness, entry, stored=False)

    await harness.hass.config_entries.async_remove(entry.entry_id)
    await harness.pass_time(minutes=6)

    assert not questions(harness)


PASSING: tuple[dict[str, Any], ...] = (
    {"status": 400, "body": {"error": "server_error", "error_description": "Internal Server Error"}},
    {"status": 401, "body": {"error": "temporarily_unavailable"}},
    {"status": 403, "body": {"error": "server_error"}},
    {"status": 400, "body": "<html>Bad request</html>"},
    {"status": 401, "body": "<html>Unauthorized</html>"},
    {"status": 403, "body": {"httpCode": "403", "httpMessage": "Forbidden", "moreInformation": "Blocked"}},
    {"status": 500},
)


async def test_an_identity_provider_that_fails_at_the_start_leaves_the_cars_of_the_last_time(
    harness: Harness, car: Car, subtests: pytest.Subtests
) -> None:
    entry = await harness.add_account()
    for answer in PASSING:
        with subtests.test(**answer):
            expire(harness, entry)
            harness.vendor.faults.add(Fault(path="/access_token", times=None, **answer))
            await restart(harness, entry)
            assert entry.state is ConfigEntryState.LOADED
            assert is_locked(harness, car)
            harness.vendor.faults.clear()
    await harness.pass_time(days=1)
    assert not questions(harness)


# A crash just after a token was issued


async def crash(harness: Harness, entry: ConfigEntry[Any], *, written: dict[str, Any]) -> None:
    """Set an account up with what Home Assistant had written before it crashed."""
    await harness.hass.config_entries.async_unload(entry.entry_id)
    harness.hass.config_entries.async_update_entry(entry, data=written)
    await harness.hass.config_entries.async_setup(entry.entry_id)
    await harness.settle()


@pytest.mark.parametrize("unwritten", [1, 2])
async def test_a_token_that_was_issued_just_before_a_crash_is_not_lost(
    harness: Harness, car: Car, hass_storage: dict[str, Any], unwritten: int
) -> None:
    """Home Assistant writes an entry a second later, and the vendor takes the old refresh token no more."""
    entry = await harness.add_account()
    written = dict(entry.data)
    for _ in range(unwritten):
        expire(harness, entry)
        await harness.pass_time(minutes=31)
    newest = entry.data["token"]
    assert newest["refresh_token"] != written["token"]["refresh_token"]

    await crash(harness, entry, written=written)
    assert entry.state is ConfigEntryState.LOADED
    assert not questions(harness)
    assert asked(harness) == unwritten
    assert entry.data["token"] == newest


@pytest.mark.parametrize("spoilt", [{"replaced": 1}, {"token": {}}, {"replaced": [None], "token": [1]}])
async def test_a_spoilt_file_of_the_token_does_no_harm(
    harness: Harness, hass_storage: dict[str, Any], spoilt: dict[str, Any]
) -> None:
    entry = await harness.add_account()
    expire(harness, entry)
    await harness.pass_time(minutes=31)
    hass_storage[f"{DOMAIN}.{entry.entry_id}.token"]["data"].update(spoilt)
    token = entry.data["token"]
    await restart(harness, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["token"] == token


async def test_a_token_of_before_a_new_sign_in_is_not_restored(harness: Harness, hass_storage: dict[str, Any]) -> None:
    entry = await harness.add_account()
    expire(harness, entry)
    await harness.pass_time(minutes=31)
    old = entry.data["token"]
    grant = make_grant(harness.vendor, "driver", *old["scope"].split())
    signed_in = {**old, "access_token": grant.issue(3600), "refresh_token": grant.refresh_token}
    await crash(harness, entry, written={**entry.data, "token": signed_in})
    assert entry.data["token"] == signed_in


async def test_a_removed_account_leaves_no_token(harness: Harness, hass_storage: dict[str, Any]) -> None:
    entry = await harness.add_account()
    expire(harness, entry)
    await harness.pass_time(minutes=31)
    assert f"{DOMAIN}.{entry.entry_id}.token" in hass_storage
    await harness.hass.config_entries.async_remove(entry.entry_id)
    assert f"{DOMAIN}.{entry.entry_id}.token" not in hass_storage
