"""Whether the vendor's messages arrive, judged by what they should have told and have not.

The vendor does not say that it cannot deliver. So evidence is counted: the end of a remote that had to be asked for,
and a change that only a poll has brought although a monitor watches for it. A message that does arrive refutes it all.

Nothing of this is stored. A restart may be what mends the delivery; if it is not, the same evidence comes up again.
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
import logging
from typing import Any, Final
from weakref import WeakKeyDictionary

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util.dt import as_local, utcnow

from ..api.status import Status
from ..const import CONF_DELIVERY, Delivery
from ..coordinator import PollInterval, VehicleCoordinator
from ..issues import Issue, async_hide_issue, async_show_issue
from .delivery import DeliveryMethod
from .receiver import Receiver

_LOGGER = logging.getLogger(__name__)

ENOUGH: Final = 3
"""How many messages have to be missed in a row before messages count as missing: one may be lost, or come late."""
SPREAD_OVER: Final = timedelta(minutes=5)
"""Over which time they have to be missed at least: a vendor that is slow may be behind with several at once."""
PUSHED_WITHIN: Final = timedelta(minutes=5)
"""How old a change has to be that should have been pushed: the message may be on its way."""
SHOWN_EVERY: Final = timedelta(seconds=10)
"""When the last message came is shown as often as this: nobody needs to know it of each."""
DOWN_AFTER: Final = timedelta(hours=1)
"""For how long there is no connection for push notifications before it is told."""

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_UNKNOWN: Final = "-"
_MISSING: Final = {
    Delivery.WEBHOOK: Issue.MESSAGES_MISSING_WEBHOOK,
    Delivery.WEBSOCKET: Issue.MESSAGES_MISSING_WEBSOCKET,
    Delivery.PUSH_NOTIFICATION: Issue.MESSAGES_MISSING_PUSH_NOTIFICATION,
}


class DeliveryHealth:
    """Whether the messages of one account arrive by `delivery`; `receiver` takes them in.

    `watched` returns the data of a car of which the vendor pushes each change. `set_hearing` is called with how often
    cars are to be polled that are pushed, `look_again` when the vendor may have lost the callback or its monitors, and
    `catch_up` when messages arrive again after some may have been lost.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        delivery: DeliveryMethod,
        receiver: Receiver,
        *,
        watched: Callable[[VehicleCoordinator], AbstractSet[str]],
        set_hearing: Callable[[PollInterval], None],
        look_again: Callable[[], None],
        catch_up: Callable[[], None],
    ) -> None:
        """Start without any evidence; `async_start` begins to follow the delivery."""
        self._hass = hass
        self._entry = entry
        self._way = Delivery(entry.data[CONF_DELIVERY])
        self._delivery = delivery
        self._receiver = receiver
        self._watched = watched
        self._set_hearing = set_hearing
        self._look_again = look_again
        self._catch_up = catch_up
        self.missed = 0
        self._missed_since: datetime | None = None
        self._missed_for = timedelta()  # from the first to the last
        self._listening = False
        self._down = False
        self._hearing = PollInterval.SAFETY_NET
        # What was reported or sent before this may have been lost for a reason that is known, and that has gone.
        self._accountable_from = _LONG_AGO
        # When each car was last polled, as long as all its monitors have run unchanged since.
        self._polled_at: WeakKeyDictionary[VehicleCoordinator, datetime] = WeakKeyDictionary()
        self._cancel_wait: CALLBACK_TYPE | None = None
        self._listeners: list[Callable[[], None]] = []
        self._shown_message: datetime | None = None
        self._closed = False

    @property
    def missing(self) -> bool:
        """Whether the vendor's messages do not arrive, by what has been missed."""
        return self.missed >= ENOUGH and self._missed_for >= SPREAD_OVER

    @property
    def arriving(self) -> bool:
        """Whether messages arrive, as far as is known."""
        return self._delivery.listening and not self.missing

    @property
    def state(self) -> dict[str, Any]:
        """The state for diagnostics, without a secret."""
        return {
            "arriving": self.arriving,
            "down": self._down,
            "last_message": self._receiver.last_message,
            "missed": self.missed,
            "missed_since": self._missed_since,
            "polling": self._hearing.name.lower(),
        }

    @callback
    def async_start(self) -> None:
        """Follow the delivery, which has been started, until the entry is unloaded."""
        self._entry.async_on_unload(self.close)
        self._listening = self._delivery.listening
        self._async_await_connection()
        self._async_conclude()

    def close(self) -> None:
        """Draw no conclusions any more."""
        self._closed = True
        self._async_cancel_wait()

    @callback
    def async_add_listener(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `listener` when anything of this has changed, until what is returned is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # Evidence

    @callback
    def async_note_message(self) -> None:
        """Note that a message has arrived: nothing is missing."""
        if not self.missed:
            last, shown = self._receiver.last_message or _LONG_AGO, self._shown_message or _LONG_AGO
            if last - shown >= SHOWN_EVERY:
                self._async_tell()
            return
        were_missing = self.missing
        self._async_forget_missed()
        self._async_conclude()
        if were_missing and not self._closed:
            _LOGGER.info("The vendor's messages arrive again")
            self._catch_up()

    @callback
    def async_note_untold_end(self, sent_at: datetime | None) -> None:
        """Note that the end of a remote, which was sent at this time, had to be asked for."""
        if sent_at and sent_at > self._accountable_from:
            self._async_note_missed("the end of a remote")

    @callback
    def async_compare(self, car: VehicleCoordinator, status: Status | None) -> None:
        """Note if a poll, which has made this status of what was known of a car, brings what was not pushed.

        A change counts if the car dates it between the poll before and `PUSHED_WITHIN` ago. A poll that failed may be
        part of an outage in which the vendor has pushed nothing, so the next one has nothing to be compared with.
        """
        before = self._polled_at.pop(car, None)
        if status is None:
            return
        now = self._polled_at[car] = utcnow()
        if before is None:
            return
        since = max(before, self._accountable_from, self._receiver.last_message or _LONG_AGO)
        dates = status.dates_of_changes(car.data, self._watched(car))
        if any(since < date <= now - PUSHED_WITHIN for date in dates):
            self._async_note_missed("a report")

    @callback
    def async_note_gap(self) -> None:
        """Note that messages up to now may not have been sent here, for a reason that is known."""
        self._accountable_from = utcnow()
        self._polled_at.clear()

    @callback
    def async_note_gap_of(self, car: VehicleCoordinator) -> None:
        """Note that reports of one car up to now may not have been pushed, for a reason that is known."""
        self._polled_at.pop(car, None)

    @callback
    def _async_note_missed(self, what: str) -> None:
        if self._closed or not self._delivery.listening:
            return
        were_missing, now = self.missing, utcnow()
        self.missed += 1
        self._missed_since = self._missed_since or now
        self._missed_for = now - self._missed_since
        _LOGGER.debug("No message has told %s: %d in a row", what, self.missed)
        if self.missed == 1:
            self._look_again()
        if self.missing and not were_missing:
            _LOGGER.info("The vendor's messages do not arrive: %d in a row were missed", self.missed)
        self._async_conclude()

    def _async_forget_missed(self) -> None:
        self.missed = 0
        self._missed_since, self._missed_for = None, timedelta()

    # Whether the way listens at all

    @callback
    def async_note_listening(self) -> None:
        """Note that the way listens again, or no longer."""
        listening, was_down = self._delivery.listening, self._down
        if self._closed or listening is self._listening:
            return
        self._listening = listening
        if listening:
            self._accountable_from = utcnow()
            self._async_cancel_wait()
            self._down = False
        elif self._way is not Delivery.PUSH_NOTIFICATION:
            self._async_forget_missed()  # there is no address, which has a repair of its own
        self._async_await_connection()
        self._async_conclude()
        if was_down:
            self._catch_up()

    @property
    def _is_unconnected(self) -> bool:
        return self._way is Delivery.PUSH_NOTIFICATION and not self._listening

    @callback
    def _async_await_connection(self) -> None:
        """Tell if there is no connection for push notifications for an hour. What else may not listen says why."""
        if not self._is_unconnected:
            return

        @callback
        def note_down(_now: datetime) -> None:
            self._cancel_wait = None
            self._down = True
            self._async_forget_missed()
            self._async_conclude()

        self._cancel_wait = async_call_later(self._hass, DOWN_AFTER, note_down)

    @callback
    def _async_cancel_wait(self) -> None:
        if self._cancel_wait:
            self._cancel_wait()
            self._cancel_wait = None

    # What follows

    @callback
    def _async_conclude(self) -> None:
        """Poll as often as it takes, show what the user can do, and tell the listeners."""
        if self._closed:
            return
        hearing = PollInterval.SAFETY_NET
        if self._is_unconnected:
            hearing = PollInterval.ALONE
        elif self.missing:
            hearing = PollInterval.USUAL
        if hearing is not self._hearing:
            self._hearing = hearing
            self._set_hearing(hearing)
        self._async_show_issues()
        self._async_tell()

    @callback
    def _async_tell(self) -> None:
        if self._closed:
            return
        self._shown_message = self._receiver.last_message
        for listener in list(self._listeners):
            listener()

    @callback
    def _async_show_issues(self) -> None:
        if self._down:
            async_show_issue(self._hass, self._entry, Issue.PUSH_NOTIFICATION_DOWN)
        else:
            async_hide_issue(self._hass, self._entry, Issue.PUSH_NOTIFICATION_DOWN)
        seen = {
            "missed": str(self.missed),
            "since": _shown(self._missed_since),
            "last": _shown(self._receiver.last_message),
        }
        for way, issue in _MISSING.items():
            if self.missing and way is self._way:
                async_show_issue(self._hass, self._entry, issue, **seen)
            else:
                async_hide_issue(self._hass, self._entry, issue)


def _shown(date: datetime | None) -> str:
    """Return a date to be read in any language."""
    return as_local(date).strftime("%Y-%m-%d %H:%M") if date else _UNKNOWN
