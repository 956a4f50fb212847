"""Where the vendor posts to: the address of this Home Assistant, or a cloudhook."""

from typing import Any

from hass_nabucasa import CloudError
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import async_mock_cloud_connection_status
from yarl import URL

from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault

from .helpers.callbacks import changes, looks, only_callback
from .helpers.cloud import Cloud
from .helpers.harness import Harness

pytestmark = pytest.mark.usefixtures("polled")


def has_issue(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
    return ir.async_get(hass).async_get_issue(DOMAIN, f"no_url_{entry.entry_id}") is not None


async def test_the_callback_follows_the_address(harness: Harness) -> None:
    await harness.add_account()
    callback = only_callback(harness)

    await harness.hass.config.async_update(external_url="https://new.example.com")
    await harness.settle()

    assert only_callback(harness) is callback
    assert URL(callback.target).host == "new.example.com"


async def test_a_setting_that_is_no_address_does_not_bother_the_vendor(harness: Harness) -> None:
    await harness.add_account()
    before = len(harness.vendor.requests)

    await harness.hass.config.async_update(currency="CHF")
    await harness.settle()

    assert len(harness.vendor.requests) == before


async def test_without_an_address_a_repair_says_so_until_there_is_one(harness: Harness) -> None:
    entry = await harness.add_account()
    assert not has_issue(harness.hass, entry)

    await harness.hass.config.async_update(external_url=None)
    await harness.settle()
    assert has_issue(harness.hass, entry)
    assert entry.state is ConfigEntryState.LOADED

    await harness.hass.config.async_update(external_url="https://new.example.com")
    await harness.settle()
    assert not has_issue(harness.hass, entry)
    assert URL(only_callback(harness).target).host == "new.example.com"


async def test_a_new_address_is_tried_at_once(harness: Harness) -> None:
    harness.vendor.faults.add(Fault(path="/user/callbacks", status=503))
    await harness.add_account()

    await harness.hass.config.async_update(external_url="https://new.example.com")
    await harness.settle()

    assert URL(only_callback(harness).target).host == "new.example.com"
    before = looks(harness)
    await harness.pass_time(hours=1)
    assert looks(harness) == before


async def test_a_subscription_to_the_cloud_moves_the_callback_there_and_back(harness: Harness, cloud: Cloud) -> None:
    cloud.is_logged_in = False
    await harness.add_account()
    callback = only_callback(harness)
    address = callback.target

    cloud.is_logged_in = True
    async_mock_cloud_connection_status(harness.hass, connected=True)
    await harness.settle()
    assert only_callback(harness) is callback
    assert callback.target == "https://hooks.example.com/1"

    cloud.subscription_expired = True
    async_mock_cloud_connection_status(harness.hass, connected=False)
    await harness.settle()
    assert callback.target == address


async def test_a_cloud_that_comes_and_goes_does_not_bother_the_vendor(harness: Harness, cloud: Cloud) -> None:
    await harness.add_account()
    before = len(harness.vendor.requests)
    for connected in (False, True) * 10:
        cloud.iot.connected = connected
        async_mock_cloud_connection_status(harness.hass, connected=connected)
        await harness.settle()
    assert len(harness.vendor.requests) == before


async def test_a_cloud_that_comes_back_does_not_shorten_the_wait_for_the_vendor(harness: Harness, cloud: Cloud) -> None:
    harness.vendor.faults.add(Fault(path="/user/callbacks", status=503, times=2))
    await harness.add_account()
    before = len(harness.vendor.requests)
    for connected in (False, True) * 3:
        cloud.iot.connected = connected
        async_mock_cloud_connection_status(harness.hass, connected=connected)
        await harness.settle()
    assert len(harness.vendor.requests) == before


async def test_a_cloud_that_gets_its_cloudhook_when_it_connects_tells_the_vendor(
    harness: Harness, cloud: Cloud
) -> None:
    cloud.iot.connected = False
    await harness.add_account()
    assert not harness.vendor.callbacks
    cloud.iot.connected = True
    async_mock_cloud_connection_status(harness.hass, connected=True)
    await harness.settle()
    assert only_callback(harness).target == "https://hooks.example.com/1"


async def test_a_subscription_that_ends_leaves_no_address(harness: Harness, cloud: Cloud) -> None:
    """Home Assistant has no other one. What the vendor holds stays as it is."""
    await harness.hass.config.async_update(external_url=None)
    entry = await harness.add_account()
    before = len(harness.vendor.requests)
    cloud.subscription_expired = True
    for _ in range(3):
        async_mock_cloud_connection_status(harness.hass, connected=False)
        await harness.settle()
    assert has_issue(harness.hass, entry)
    assert len(harness.vendor.requests) == before

    cloud.subscription_expired = False
    async_mock_cloud_connection_status(harness.hass, connected=True)
    await harness.settle()
    assert not has_issue(harness.hass, entry)
    assert looks(harness) == 2


async def test_addresses_in_a_burst_are_one_change(harness: Harness) -> None:
    await harness.add_account()
    harness.vendor.requests.clear()
    for number in range(10):
        await harness.hass.config.async_update(external_url=f"https://new{number}.example.com")
    await harness.settle()
    assert looks(harness) <= 2
    assert len(harness.requests("PUT", "/user/callbacks/*")) <= 2
    assert URL(only_callback(harness).target).host == "new9.example.com"


async def test_a_rate_limit_is_respected_by_a_new_address_too(harness: Harness) -> None:
    limit = Fault(path="/user/callbacks", status=429, headers={"Retry-After": "500"})
    harness.vendor.faults.add(limit)
    await harness.add_account()
    await harness.hass.config.async_update(external_url="https://new.example.com")
    await harness.settle()
    assert looks(harness) == 1
    await harness.pass_time(seconds=502)
    assert URL(only_callback(harness).target).host == "new.example.com"


async def test_a_new_cloudhook_is_told_to_the_vendor_once(harness: Harness, cloud: Cloud) -> None:
    """Home Assistant tells of it before it has returned it."""
    await harness.add_account()
    assert cloud.cloudhooks.made == 1
    assert looks(harness) == 1


async def test_a_cloudhook_that_changes_is_followed(harness: Harness, cloud: Cloud) -> None:
    await harness.add_account()
    assert only_callback(harness).target == "https://hooks.example.com/1"

    cloud.cloudhooks.hooks.clear()
    cloud.cloudhooks.tell()
    await harness.settle()

    assert only_callback(harness).target == "https://hooks.example.com/2"


async def test_a_cloud_that_is_away_for_a_while_keeps_its_cloudhook(harness: Harness, cloud: Cloud) -> None:
    entry = await harness.add_account()
    before = changes(harness)
    cloud.iot.connected = False

    await harness.reload(entry)

    assert only_callback(harness).target == "https://hooks.example.com/1"
    assert changes(harness) == before


@pytest.mark.parametrize("error", [CloudError("down"), TimeoutError(), ValueError("Cloud is not connected")])
async def test_a_cloud_that_gives_no_cloudhook_is_asked_again(harness: Harness, cloud: Cloud, error: Exception) -> None:
    cloud.cloudhooks.error = error
    await harness.add_account()
    assert not harness.vendor.callbacks

    cloud.cloudhooks.error = None
    await harness.pass_time(seconds=30)

    assert only_callback(harness).target == "https://hooks.example.com/1"


async def test_a_remote_that_needs_a_cloudhook_is_refused_without(harness: Harness, cloud: Cloud, car: Car) -> None:
    cloud.cloudhooks.error = CloudError("down")
    await harness.add_account()
    failure = await harness.failure(harness.call(car, "lock", "doors", "unlock"))
    assert failure.translation_key == "no_cloudhook"


async def test_cloudhooks_of_others_do_not_bother_the_vendor(harness: Harness, cloud: Cloud) -> None:
    await harness.add_account()
    before = len(harness.vendor.requests)

    cloud.cloudhooks.tell()
    await harness.settle()

    assert len(harness.vendor.requests) == before


async def test_removal_deletes_the_callback_and_the_cloudhook(harness: Harness, cloud: Cloud) -> None:
    entry = await harness.add_account()
    assert cloud.cloudhooks.hooks

    await harness.hass.config_entries.async_remove(entry.entry_id)

    assert not harness.vendor.callbacks
    assert not cloud.cloudhooks.hooks


@pytest.mark.parametrize("error", [None, CloudError("down"), TimeoutError()])
async def test_removal_deletes_the_callback_whatever_the_cloud_says(
    harness: Harness, cloud: Cloud, error: Exception | None
) -> None:
    entry = await harness.add_account()
    cloud.cloudhooks.hooks.clear()
    cloud.cloudhooks.error = error

    await harness.hass.config_entries.async_remove(entry.entry_id)

    assert not harness.vendor.callbacks
