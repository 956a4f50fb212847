"""What follows when the vendor's messages cannot come, or do not, by a way of delivery that a test listens with."""

from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.stellantis.account import delivery_health
from custom_components.stellantis.account.delivery import DeliveryMethod
from custom_components.stellantis.account.delivery_health import SPREAD_OVER, DeliveryHealth
from custom_components.stellantis.api.status import Doors, Kinetic, Odometer, Status
from custom_components.stellantis.const import CONF_DELIVERY, DOMAIN, Delivery

from .parts import make_car, make_receiver

START = datetime(2020, 5, 4, 12, tzinfo=UTC)
WATCHED = frozenset({"vehicle.doorsState.lockedState", "vehicle.kinetic.moving"})


class Way:
    """A way that listens as a test says."""

    def __init__(self) -> None:
        self.listening = True


class Bench:
    """The health of an account's delivery, and what it has others do."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any], monkeypatch: pytest.MonkeyPatch) -> None:
        self.hass = hass
        self.entry = entry
        self.now = START
        monkeypatch.setattr(delivery_health, "utcnow", lambda: self.now)
        self.way = Way()
        self.receiver = make_receiver()
        self.car = make_car(hass, entry, None, "one")
        self.watched = WATCHED
        self.done: list[str] = []
        self.health = self._make(Delivery.WEBHOOK)

    def _make(self, delivery: Delivery) -> DeliveryHealth:
        self.hass.config_entries.async_update_entry(self.entry, data={**self.entry.data, CONF_DELIVERY: delivery.value})
        return DeliveryHealth(
            self.hass,
            self.entry,
            cast("DeliveryMethod", self.way),
            self.receiver,
            watched=lambda _car: self.watched,
            set_hearing=lambda hearing: self.done.append(f"poll {hearing.name}"),
            look_again=lambda: self.done.append("look again"),
            catch_up=lambda: self.done.append("catch up"),
        )

    def start(self, delivery: Delivery, *, listening: bool = True) -> None:
        self.way.listening = listening
        self.health = self._make(delivery)
        self.health.async_start()

    def listen(self, listening: bool) -> None:
        self.way.listening = listening
        self.health.async_note_listening()

    def message(self) -> None:
        self.receiver.last_message = self.now
        self.health.async_note_message()

    def lose_ends(self, number: int) -> None:
        """Lose the ends of so many remotes, the last some minutes after the first."""
        for each in range(number):
            self.health.async_note_untold_end(self.now)
            if each == 0 and number > 1:
                self.now += SPREAD_OVER

    async def pass_time(self, **delta: float) -> None:
        self.now += timedelta(**delta)
        async_fire_time_changed(self.hass, dt_util.utcnow() + timedelta(**delta))
        await self.hass.async_block_till_done()

    def poll(self, status: Status | None) -> None:
        """Have a poll make this of what is known of the car."""
        self.health.async_compare(self.car, status)
        if status:
            self.car.data = status

    def taken(self) -> list[str]:
        """Return what has been done since the last time."""
        done, self.done = self.done, []
        return done

    @property
    def issues(self) -> set[str]:
        return {issue.removesuffix("_entry") for _, issue in ir.async_get(self.hass).issues}


@pytest.fixture
async def bench(hass: HomeAssistant, entry: ConfigEntry[Any], monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Bench]:
    made = Bench(hass, entry, monkeypatch)
    yield made
    made.health.close()
    await made.car.async_shutdown()


def doors(*, locked: bool | None, hours: float = 0, **more: Any) -> Status:
    return Status(doors=Doors(at=START + timedelta(hours=hours), locked=locked, **more))


# No connection


async def test_an_hour_without_a_connection_for_push_notifications_is_told(bench: Bench) -> None:
    bench.start(Delivery.PUSH_NOTIFICATION)
    assert bench.health.state["arriving"]
    bench.listen(False)
    assert not bench.health.state["arriving"]
    await bench.pass_time(minutes=59)
    assert (bench.issues, bench.taken()) == (set(), ["poll ALONE"])
    await bench.pass_time(minutes=61)
    assert (bench.issues, bench.taken()) == ({"push_notification_down"}, [])
    assert bench.health.state["down"]

    bench.listen(True)
    assert (bench.issues, bench.taken()) == (set(), ["poll SAFETY_NET", "catch up"])
    assert bench.health.state["arriving"]


async def test_an_hour_without_a_first_connection_is_told_too(bench: Bench) -> None:
    bench.start(Delivery.PUSH_NOTIFICATION, listening=False)
    assert (bench.health.state["arriving"], bench.taken()) == (False, ["poll ALONE"])
    await bench.pass_time(minutes=61)
    assert bench.issues == {"push_notification_down"}


async def test_a_connection_that_comes_back_in_time_begins_the_hour_anew(bench: Bench) -> None:
    bench.start(Delivery.PUSH_NOTIFICATION)
    for _ in range(2):
        bench.listen(False)
        bench.listen(False)
        bench.listen(True)
        assert bench.taken() == ["poll ALONE", "poll SAFETY_NET"]
    await bench.pass_time(minutes=61)
    assert (bench.issues, bench.taken()) == (set(), [])


async def test_a_connection_that_comes_and_goes_hides_nothing(bench: Bench) -> None:
    """Until there has been none for an hour, which says more."""
    bench.start(Delivery.PUSH_NOTIFICATION)
    bench.lose_ends(3)
    assert bench.issues == {"messages_missing_push_notification"}
    bench.taken()
    bench.listen(False)
    bench.now += timedelta(minutes=1)
    bench.listen(True)
    assert bench.issues == {"messages_missing_push_notification"}
    assert bench.taken() == ["poll ALONE", "poll USUAL"]
    bench.health.async_note_untold_end(START)
    assert bench.health.missed == 3, "it may have been lost while there was no connection"
    bench.listen(False)
    bench.lose_ends(1)
    assert bench.health.missed == 3
    await bench.pass_time(minutes=61)
    assert (bench.issues, bench.taken()) == ({"push_notification_down"}, ["poll ALONE"])


@pytest.mark.parametrize("delivery", [Delivery.WEBHOOK, Delivery.WEBSOCKET])
async def test_what_has_no_address_has_another_repair(bench: Bench, delivery: Delivery) -> None:
    bench.start(delivery)
    bench.lose_ends(3)
    assert bench.issues == {f"messages_missing_{delivery}"}
    bench.listen(False)
    assert bench.issues == set()
    bench.lose_ends(3)
    await bench.pass_time(hours=2)
    assert bench.issues == set()


async def test_who_listens_is_told_of_each_change(bench: Bench) -> None:
    seen: list[bool] = []
    bench.start(Delivery.PUSH_NOTIFICATION)
    stop = bench.health.async_add_listener(lambda: seen.append(bench.health.arriving))
    bench.listen(False)
    bench.listen(True)
    bench.now += timedelta(minutes=1)
    bench.lose_ends(1)
    bench.message()
    assert seen == [False, True, True, True]
    stop()
    bench.message()
    assert len(seen) == 4


async def test_when_the_last_message_came_is_told_now_and_then(bench: Bench) -> None:
    told: list[datetime] = []
    bench.start(Delivery.WEBHOOK)
    bench.health.async_add_listener(lambda: told.append(bench.now))
    start = bench.now
    for _ in range(25):
        bench.message()
        bench.now += timedelta(seconds=1)
    assert [at - start for at in told] == [timedelta(seconds=seconds) for seconds in (0, 10, 20)]
    bench.health.close()
    bench.now += timedelta(minutes=1)
    bench.message()
    assert len(told) == 3


async def test_after_the_end_nothing_happens_any_more(bench: Bench) -> None:
    bench.start(Delivery.PUSH_NOTIFICATION)
    bench.lose_ends(3)
    bench.listen(False)
    bench.taken()
    bench.health.close()
    bench.listen(True)
    bench.lose_ends(1)
    assert bench.health.missed == 3
    bench.message()
    await bench.pass_time(hours=2)
    assert bench.taken() == []


# Reports that only a poll has brought


@pytest.mark.parametrize(
    ("hours", "missed"),
    [(0.9, 0), (1.1, 1), (2.9, 1), (2.99, 0), (3.1, 0)],
    ids=["before the poll before", "after it", "long enough ago", "a moment ago", "in the future"],
)
async def test_a_change_counts_by_the_date_that_the_car_gives_it(bench: Bench, hours: float, missed: int) -> None:
    bench.start(Delivery.WEBHOOK)
    bench.now = START + timedelta(hours=1)
    bench.poll(doors(locked=True))
    bench.now = START + timedelta(hours=3)
    bench.poll(doors(locked=False, hours=hours))
    assert bench.health.missed == missed


async def test_a_message_in_between_may_have_been_about_it(bench: Bench) -> None:
    """One that only says that there is something to read has the car read."""
    bench.start(Delivery.PUSH_NOTIFICATION)
    bench.poll(doors(locked=True))
    bench.now = START + timedelta(hours=3)
    bench.message()
    bench.poll(doors(locked=False, hours=1))
    assert bench.health.missed == 0
    bench.now = START + timedelta(hours=6)
    bench.poll(doors(locked=True, hours=4))
    assert bench.health.missed == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (doors(locked=None, driver=True), doors(locked=False, hours=1)),
        (doors(locked=True), doors(locked=None, hours=1, driver=True)),
        (doors(locked=True), doors(locked=True, hours=1, driver=True)),
        (Status(), doors(locked=True, hours=1)),
        (doors(locked=True), Status()),
        (Status(doors=Doors(at=START, locked=False).as_assumed()), doors(locked=True, hours=1)),
        (Status(kinetic=Kinetic(at=START, speed=1)), Status(kinetic=Kinetic(at=START + timedelta(hours=1), speed=2))),
    ],
)
async def test_what_is_no_change_of_what_is_watched(bench: Bench, before: Status, after: Status) -> None:
    bench.start(Delivery.WEBHOOK)
    bench.poll(before)
    bench.now = START + timedelta(hours=3)
    bench.poll(after)
    assert bench.health.missed == 0


async def test_without_monitors_nothing_is_missed(bench: Bench) -> None:
    bench.start(Delivery.WEBHOOK)
    bench.watched = frozenset()
    bench.poll(doors(locked=True))
    bench.now = START + timedelta(hours=3)
    bench.poll(doors(locked=False, hours=1))
    assert bench.health.missed == 0


async def test_a_poll_is_compared_with_one_since_when_nothing_is_known_to_have_been_lost(bench: Bench) -> None:
    bench.start(Delivery.WEBHOOK)
    gaps: tuple[Callable[[], None], ...] = (
        lambda: bench.poll(None),
        bench.health.async_note_gap,
        lambda: bench.health.async_note_gap_of(bench.car),
    )
    locked = True
    bench.poll(doors(locked=locked))
    for number, gap in enumerate(gaps):
        gap()
        locked = not locked
        bench.now = START + timedelta(hours=3 * number + 3)
        bench.poll(doors(locked=locked, hours=3 * number + 2))
        assert bench.health.missed == 0
    bench.now += timedelta(hours=3)
    bench.poll(doors(locked=not locked, hours=11))
    assert bench.health.missed == 1


async def test_the_first_one_has_the_vendor_looked_at_and_the_third_one_is_told(bench: Bench) -> None:
    bench.start(Delivery.WEBHOOK)
    bench.lose_ends(2)
    assert (bench.issues, bench.taken()) == (set(), ["look again"])
    bench.lose_ends(1)
    assert (bench.issues, bench.taken()) == ({"messages_missing_webhook"}, ["poll USUAL"])
    issue = ir.async_get(bench.hass).async_get_issue(DOMAIN, "messages_missing_webhook_entry")
    assert issue
    assert issue.translation_placeholders == {
        "account": "Account",
        "missed": "3",
        "since": dt_util.as_local(START).strftime("%Y-%m-%d %H:%M"),
        "last": "-",
    }
    bench.message()
    assert (bench.issues, bench.taken()) == (set(), ["poll SAFETY_NET", "catch up"])
    bench.lose_ends(2)
    bench.message()
    assert bench.taken() == ["look again"]


async def test_an_end_of_which_it_is_not_known_when_it_was_sent_counts_for_nothing(bench: Bench) -> None:
    bench.start(Delivery.WEBHOOK)
    bench.health.async_note_untold_end(None)
    assert bench.health.missed == 0


async def test_a_vendor_that_is_behind_with_several_at_once_is_only_slow(bench: Bench) -> None:
    bench.start(Delivery.WEBHOOK)
    for _ in range(4):
        bench.health.async_note_untold_end(bench.now)
        bench.now += timedelta(minutes=1)
    assert (bench.health.missed, bench.issues) == (4, set())
    bench.message()
    for _ in range(2):
        bench.health.async_note_untold_end(bench.now)
    bench.now += timedelta(minutes=5)
    assert bench.issues == set()
    bench.lose_ends(1)
    assert bench.issues == {"messages_missing_webhook"}


async def test_a_car_that_stands_at_each_poll_has_been_driven_in_between(bench: Bench) -> None:
    """Its odometer says so. Of a car that does not report whether it moves, nothing may be pushed."""

    def parked(mileage: float, hours: float, **kinetic: Any) -> Status:
        at = START + timedelta(hours=hours)
        return Status(kinetic=Kinetic(at=at, **kinetic), odometer=Odometer(at=at, mileage=mileage))

    bench.start(Delivery.WEBHOOK)
    for poll, kinetic, missed in ((0, {"moving": False}, 0), (1, {"moving": False}, 1), (2, {"speed": 0}, 1)):
        bench.now = START + timedelta(hours=6 * poll)
        bench.poll(parked(1000 + poll, 6 * poll - 1, **kinetic))
        assert bench.health.missed == missed
