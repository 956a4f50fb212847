"""Which remotes are under way, and which message belongs to which."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from homeassistant.util import dt as dt_util
import pytest

from custom_components.stellantis.account import ledger as ledger_module
from custom_components.stellantis.account.ledger import Command, EarlierCommand, Ledger
from custom_components.stellantis.api.messages import RemoteMessage
from custom_components.stellantis.api.remotes import LockDoors, UserRemote
from custom_components.stellantis.coordinator import Requester

from .parts import ACCEPTED, SUCCESS, name_car, remote_message

NOW = datetime(2020, 5, 4, 12, tzinfo=UTC)
NOTHING_KNOWN = EarlierCommand()


@pytest.fixture
def ledger() -> Ledger:
    return Ledger({vin: name_car(vin) for vin in ("one", "two")})


def command(remote_id: str, vin: str = "one") -> Command:
    never_looked_at: Any = None
    return Command(name_car(vin), LockDoors(True), Requester(), "callback", remote_id, end=never_looked_at, sent_at=NOW)


def kept(remote_id: str) -> dict[str, Any]:
    """Return a remote as it was stored before a restart."""
    return {remote_id: {"type": "Doors", "action": "lock", "sent_at": dt_util.utcnow().isoformat()}}


def test_a_message_belongs_to_the_remote_of_its_id(ledger: Ledger) -> None:
    first, second = command("1"), command("2")
    ledger.add(first)
    ledger.add(second)
    assert (ledger.is_open("one", "1"), ledger.is_open("one", "2")) == (True, True)
    assert ledger.assign(remote_message("2", "one", ACCEPTED)) is second
    assert ledger.assign(remote_message("1", "one")) is first
    assert ledger.assign(remote_message("1", "a VIN that is not known")) is first


def test_an_end_is_news_once(ledger: Ledger) -> None:
    ledger.add(command("1"))
    assert ledger.end("one", "1")
    assert not ledger.is_open("one", "1")
    assert not ledger.end("one", "1")
    assert ledger.assign(remote_message("1", "one")) is None


def test_the_end_of_a_remote_that_is_not_known_is_remembered(ledger: Ledger) -> None:
    assert ledger.end("one", "1")
    assert ledger.assign(remote_message("1", "two")) is None
    assert not ledger.end("one", "1")


def test_nothing_is_known_of_a_remote_that_somebody_else_has_sent(ledger: Ledger) -> None:
    assert ledger.assign(remote_message("1", "one")) == NOTHING_KNOWN


def test_a_message_that_comes_before_the_answer_waits_for_it(ledger: Ledger) -> None:
    handled: list[RemoteMessage] = []
    early, end = remote_message("1", "one", ACCEPTED), remote_message("1", "one")
    with ledger.posting("one", handled.append):
        assert ledger.assign(early) is None
        assert ledger.assign(end) is None
        assert ledger.assign(remote_message("2", "two")) == NOTHING_KNOWN, "nothing is being posted to that car"
        added = command("1")
        ledger.add(added)
        assert handled == []
    assert handled == [early, end]
    assert ledger.assign(end) is added


def test_a_post_that_fails_leaves_no_message_behind(ledger: Ledger) -> None:
    message, handled = remote_message("1", "one"), list[RemoteMessage]()

    def post() -> None:
        with ledger.posting("one", handled.append):
            assert ledger.assign(message) is None
            raise TimeoutError

    with pytest.raises(TimeoutError):
        post()
    assert handled == [message]
    assert ledger.assign(message) == NOTHING_KNOWN


def test_what_has_ended_is_not_kept_for_a_later_answer(ledger: Ledger) -> None:
    handled: list[RemoteMessage] = []
    ledger.end("one", "1")
    with ledger.posting("one", handled.append):
        assert ledger.assign(remote_message("1", "one")) is None
    assert handled == []


def test_a_message_for_a_car_that_is_not_known_yet_waits_for_it() -> None:
    cars = {"one": name_car("one")}
    ledger = Ledger(cars)
    for_two, for_three = remote_message("2", "two"), remote_message("3", "three")
    assert ledger.assign(for_two) is None
    assert ledger.assign(for_three) is None
    assert ledger.assign(remote_message("4", "")) is None
    cars["two"] = name_car("two")
    assert ledger.restore("two", None) == [for_two]
    assert ledger.restore("two", None) == []
    assert ledger.restore("three", None) == [for_three]


def test_a_message_that_does_not_say_which_car_waits_for_its_remote() -> None:
    cars = {"one": name_car("one")}
    ledger = Ledger(cars)
    early, end, other = (remote_message(each, "") for each in ("1", "2", "3"))
    for message in (early, end, other):
        assert ledger.assign(ledger.with_vin(message)) is None
    assert ledger.restore("one", {"sent": kept("2")}) == [end]
    handled: list[RemoteMessage] = []
    with ledger.posting("one", handled.append):
        ledger.add(command("1"))
    assert handled == [early]


def test_the_remote_says_which_car_a_message_is_about(ledger: Ledger) -> None:
    ledger.restore("one", {"sent": kept("1")})
    assert ledger.with_vin(remote_message("1", "$vin")).attributes["vin"] == "one"
    for message in (remote_message("1", "two"), remote_message("2", "$vin")):
        assert ledger.with_vin(message) is message


def test_a_callback_is_needed_as_long_as_a_remote_reports_to_it(ledger: Ledger) -> None:
    assert not ledger.is_needed("callback")
    ledger.add(command("1"))
    assert (ledger.is_needed("callback"), ledger.is_needed("another")) == (True, False)
    ledger.end("one", "1")
    assert not ledger.is_needed("callback")
    of_now, long_ago = dt_util.utcnow(), dt_util.utcnow() - timedelta(hours=2)
    for sent_at, needed in ((of_now, True), (long_ago, False)):
        earlier = {"type": "Doors", "sent_at": sent_at.isoformat(), "callback_id": "before"}
        ledger.restore("one", {"sent": {"2": earlier}})
        assert ledger.is_needed("before") is needed


def test_a_remote_that_never_ends_needs_its_callback_for_an_hour(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = command("1")
    ledger.add(made)
    for seconds, needed in ((3599.0, True), (3601.0, False)):
        monkeypatch.setattr(ledger_module, "time", SimpleNamespace(monotonic=lambda: made._began + seconds))  # noqa: B023
        assert ledger.is_needed("callback") is needed


def test_of_too_many_messages_for_cars_that_are_not_known_the_last_are_kept(ledger: Ledger) -> None:
    for number in range(101):
        ledger.assign(remote_message(str(number), "three"))
    assert [message.remote_id for message in ledger.restore("three", None)] == [str(number) for number in range(1, 101)]


def test_of_too_many_remotes_the_oldest_is_forgotten(ledger: Ledger) -> None:
    for number in range(101):
        ledger.add(command(str(number)))
    assert set(ledger.as_dict("one")["sent"]) == {str(number) for number in range(1, 101)}
    assert ledger.assign(remote_message("0", "one")) == NOTHING_KNOWN


def test_of_too_many_ends_of_a_car_the_oldest_is_forgotten(ledger: Ledger) -> None:
    ledger.end("two", "0")
    for number in range(101):
        ledger.end("one", f"end {number}")
    assert ledger.as_dict("one")["ended"] == [f"end {number}" for number in range(1, 101)]
    assert ledger.assign(remote_message("end 0", "one")) == NOTHING_KNOWN
    assert ledger.assign(remote_message("0", "two")) is None, "each car has a list of its own"


def test_what_is_under_way_is_stored_by_car(ledger: Ledger) -> None:
    ledger.add(command("1"))
    ledger.add(command("2", "two"))
    ledger.end("one", "0")
    sent = {"type": "Doors", "action": "lock", "sent_at": "2020-05-04T12:00:00+00:00", "callback_id": "callback"}
    assert ledger.as_dict("one") == {"sent": {"1": sent}, "ended": ["0"], "wake_ups": []}
    assert ledger.as_dict("two") == {"sent": {"2": sent}, "ended": [], "wake_ups": []}
    assert ledger.as_dict("three") == {"sent": {}, "ended": [], "wake_ups": []}


def test_a_remote_from_before_a_restart_ends_once(ledger: Ledger) -> None:
    before = ledger.restore("one", {"sent": {**kept("1"), **kept("2")}, "ended": ["0"]})
    assert before == []
    assert set(ledger.as_dict("one")["sent"]) == {"1", "2"}, "a second restart forgets nothing"
    found = ledger.assign(remote_message("1", "one"))
    assert isinstance(found, EarlierCommand)
    assert (found.remote_type, found.action) == ("Doors", "lock")
    assert ledger.assign(remote_message("1", "two")) == NOTHING_KNOWN
    assert ledger.assign(remote_message("0", "one")) is None
    assert ledger.end("one", "1")
    assert set(ledger.as_dict("one")["sent"]) == {"2"}
    assert ledger.as_dict("one")["ended"] == ["0", "1"]


def test_a_car_that_comes_back_finds_its_remotes_under_way(ledger: Ledger) -> None:
    added = command("1")
    ledger.add(added)
    ledger.end("one", "0")
    assert ledger.note_wake_up("one", "1")
    ledger.restore("one", ledger.as_dict("one"))
    assert ledger.earlier("one") == {}, "it is followed already"
    assert ledger.assign(remote_message("1", "one")) is added
    assert ledger.end("one", "1")
    assert ledger.as_dict("one") == {"sent": {}, "ended": ["0", "1"], "wake_ups": ["1"]}


def test_a_remote_wakes_its_car_once(ledger: Ledger) -> None:
    assert ledger.note_wake_up("one", "1")
    assert not ledger.note_wake_up("one", "1")
    assert ledger.note_wake_up("two", "2")
    ledger.restore("three", {"wake_ups": ["3"]})
    assert not ledger.note_wake_up("three", "3")


def test_a_message_of_an_unknown_id_belongs_to_the_remote_without_an_answer(ledger: Ledger) -> None:
    lost = command("")
    ledger.add_unanswered(lost)
    assert ledger.assign(remote_message("1", "one", remote_type="Horn")) == NOTHING_KNOWN
    assert ledger.assign(remote_message("1", "one")) == NOTHING_KNOWN
    assert ledger.assign(remote_message("1", "two", remote_type="Doors")) == NOTHING_KNOWN
    assert ledger.assign(remote_message("1", "one", remote_type="Doors")) is lost
    another = command("")
    ledger.add_unanswered(another)
    assert ledger.assign(remote_message("1", "one", remote_type="Doors")) is None, "it may be about either"
    lost.remote_id = "1"
    ledger.add(lost)
    assert (ledger.is_unanswered(lost), ledger.is_unanswered(another)) == (False, True)
    assert ledger.assign(remote_message("2", "one", remote_type="Doors")) is another


def listed(remote_id: str, label: str | None, **more: Any) -> UserRemote:
    return UserRemote(**{"id": remote_id, "label": label, "type": "Doors", "progress": ACCEPTED, **more})


def test_a_remote_without_an_answer_is_found_by_its_label(ledger: Ledger) -> None:
    lost = command("")
    known, ours = listed("0", None), listed("2", lost.label, progress=None)
    ledger.end("one", "0")
    assert ledger.find("one", lost, []) is None
    assert ledger.find("one", lost, [known, listed("1", "Doors of another"), ours]) is ours
    assert ledger.find("one", lost, [known, listed("1", "Doors of another")]) is None


def test_in_a_list_without_labels_it_is_the_only_one_that_it_can_be(ledger: Ledger) -> None:
    lost = command("")
    ledger.add(command("0"))
    others = [
        listed("0", None),
        listed("2", None, type="Horn"),
        listed("3", None, type=None),
        listed("4", None, action={"door": {"state": "Unlocked"}}),
    ]
    assert ledger.find("one", lost, others) is None
    only = listed("1", None, action={"door": {"state": "Locked"}})
    assert ledger.find("one", lost, [*others, only]) is only
    earlier = EarlierCommand(remote_type="Doors", action="lock", label="Doors 1")
    only = listed("5", None)
    assert ledger.find("one", earlier, [only]) is only
    for uncertain in (
        [only, listed("6", None)],
        [listed("7", None, progress=SUCCESS)],
        [listed("8", None, progress=None)],
    ):
        with pytest.raises(LookupError):
            ledger.find("one", lost, uncertain)


def test_a_car_that_comes_back_leaves_no_second_entry(ledger: Ledger) -> None:
    lost, ended = command(""), command("1")
    ledger.add_unanswered(lost)
    ledger.add(ended)
    stored = ledger.as_dict("one")
    ledger.end("one", "1")
    ledger.restore("one", stored)
    assert ledger.earlier("one") == {}
    assert set(ledger.as_dict("one")["sent"]) == {lost.label}


def test_what_the_vendor_tells_no_more_is_forgotten(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """It tries for 72 hours to deliver a message."""
    monkeypatch.setattr(ledger_module, "dt_util", SimpleNamespace(utcnow=lambda: NOW))
    ages = {
        "just sent": timedelta(),
        "still told": timedelta(hours=72) - timedelta(seconds=1),
        "too old": timedelta(hours=72),
    }
    ledger.restore("one", {"sent": {name: {"sent_at": (NOW - age).isoformat()} for name, age in ages.items()}})
    assert set(ledger.as_dict("one")["sent"]) == {"just sent", "still told"}


@pytest.mark.parametrize(
    "junk",
    [None, "junk", [], {"sent": None}, {"sent": ["1"], "ended": "0"}, {"sent": {"1": None, "2": {"sent_at": "May"}}}],
)
def test_junk_is_no_remote(ledger: Ledger, junk: Any) -> None:
    assert ledger.restore("one", junk) == []
    assert ledger.as_dict("one") == {"sent": {}, "ended": [], "wake_ups": []}


def test_what_can_be_read_of_junk_is_kept(ledger: Ledger) -> None:
    junk = {"1": {"type": 7, "action": None, "sent_at": dt_util.utcnow().isoformat()}}
    ledger.restore("one", {"sent": junk, "ended": [7, "0"]})
    found = ledger.assign(remote_message("1", "one"))
    assert isinstance(found, EarlierCommand)
    assert (found.remote_type, found.action) == (None, None)
    assert ledger.as_dict("one")["ended"] == ["7", "0"]


def test_an_earlier_remote_is_stored_as_it_was_restored() -> None:
    stored = {"type": "Doors", "action": "lock", "sent_at": NOW.isoformat()}
    assert EarlierCommand.restore(stored) == EarlierCommand(remote_type="Doors", action="lock", sent_at=NOW)
    assert EarlierCommand.restore(stored).as_dict() == stored
    full = {**stored, "callback_id": "callback", "label": "Doors 1"}
    assert EarlierCommand.restore(full).as_dict() == full
    assert NOTHING_KNOWN.as_dict() == {"type": None, "action": None, "sent_at": None}


async def test_a_remote_knows_when_it_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Command(name_car("one"), LockDoors(True), Requester(), "callback", "1")
    assert not made.end.done()
    assert timedelta() <= dt_util.utcnow() - made.sent_at < timedelta(days=1)
    monkeypatch.setattr(ledger_module, "time", SimpleNamespace(monotonic=lambda: made._began + 2.5))
    assert made.seconds == 2.5
