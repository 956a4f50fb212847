"""What the vendor sends, whichever way it comes: read it, check its secret, hand it over."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
import hmac
import logging
import re
import traceback
from typing import Final

from homeassistant.util import dt as dt_util

from ..api.errors import MessageError
from ..api.lenient import decode
from ..api.messages import MAX_BATCH, Message, MonitorMessage, RemoteMessage, parse, split

_LOGGER = logging.getLogger(__name__)

_KEY: Final = '"secret"'
_NEAR: Final = 512
"""Characters on both sides of the secret's key among which its value is looked for."""


PAUSE_AFTER: Final = 0.002
"""Seconds after which a batch lets other tasks have their turn."""


class Receiver:
    """What has come for one entry. `received` counts it by its kind, `last_message` is when the last true one came.

    Each message has to carry `secret` among its attributes. `on_taken_in` is called after a batch with any that does.
    """

    def __init__(
        self,
        secret: str,
        *,
        on_taken_in: Callable[[], None],
        on_remote: Callable[[RemoteMessage], None],
        on_report: Callable[[MonitorMessage], None],
        on_bell: Callable[[], None],
    ) -> None:
        """Hand messages about remotes to `on_remote`, reports of cars to `on_report`; `on_bell` has all cars read."""
        self._secret = secret.encode()
        self._on_taken_in = on_taken_in
        self._on_remote = on_remote
        self._on_report = on_report
        self._on_bell = on_bell
        self._texts = re.compile(rb'"([^"\\]{%d})(?=")' % len(self._secret))  # those that are as long
        self._mistakes: set[tuple[str, int]] = set()
        self.received: Counter[str] = Counter()
        self.last_message: datetime | None = None

    async def async_take_in(self, body: bytes) -> None:
        """Take in a message, or a batch, as it was sent; one that cannot be read costs nothing else.

        A body without the secret is not parsed: what a stranger sends may be made to take time and memory.
        """
        if not self._has_secret(body):
            self._note_no_secret()
            return
        try:
            messages = split(body)
        except MessageError as err:
            _LOGGER.debug("Something was sent that is no message: %s", err)
            self.received["unreadable"] += 1
            return
        await self.async_take_in_messages(messages)

    def take_in_bell(self) -> None:
        """Take in that there is a message, which cannot be read."""
        self.received["unreadable"] += 1
        self._on_bell()

    async def async_take_in_messages(self, messages: Iterable[object]) -> None:
        """Take in messages that `split` has made."""
        loop = asyncio.get_running_loop()
        last_message, pause_at = self.last_message, loop.time() + PAUSE_AFTER
        try:
            for message in messages:
                self._take_in(message)
                if loop.time() > pause_at:
                    await asyncio.sleep(0)
                    pause_at = loop.time() + PAUSE_AFTER
        finally:
            if self.last_message is not last_message:
                self._on_taken_in()

    def _has_secret(self, body: bytes) -> bool:
        """Tell whether the secret stands near its key, in the place that it has in a message.

        A search for the secret itself would take the longer, the more of it somebody has guessed.
        """
        text, at = decode(body), -1
        for _ in range(MAX_BATCH):
            if (at := text.find(_KEY, at + 1)) == -1:
                return False
            near = text[max(0, at - _NEAR) : at + _NEAR].encode(errors="replace")
            if any(hmac.compare_digest(found[1], self._secret) for found in self._texts.finditer(near)):
                return True
        return False

    def _note_no_secret(self) -> None:
        self.received["without_secret"] += 1
        _LOGGER.debug("A message without the callback's secret was dropped")

    def _take_in(self, message: object) -> None:
        """Take in one message."""
        try:
            self._hand_over(parse(message))
        except Exception as err:  # noqa: BLE001 - a mistake of ours may cost one message, but not the others
            self.received["failed"] += 1
            self._log_mistake(err)

    def _log_mistake(self, err: Exception) -> None:
        """Log an exception that nobody has foreseen: once, for a reminder of the vendor would repeat it each minute."""
        *_, (frame, line) = traceback.walk_tb(err.__traceback__)
        place = (frame.f_code.co_filename, line)
        level = logging.DEBUG if place in self._mistakes else logging.ERROR
        self._mistakes.add(place)
        # The exception's own text may hold what nobody may see, such as a VIN or a position.
        shown = MessageError(type(err).__name__).with_traceback(err.__traceback__)
        _LOGGER.log(level, "A message of the vendor could not be taken in", exc_info=shown)

    def _hand_over(self, message: Message) -> None:
        # The text that was posted may have no encoding, such as half a surrogate pair.
        secret = message.attributes.get("secret", "").encode(errors="replace")
        if not hmac.compare_digest(secret, self._secret):
            self._note_no_secret()
            return
        self.last_message = dt_util.utcnow()
        if isinstance(message, RemoteMessage):
            self.received["remote"] += 1
            self._on_remote(message)
        elif isinstance(message, MonitorMessage):
            self.received["monitor"] += 1
            self._on_report(message)
        else:
            self.received["unknown"] += 1
            _LOGGER.debug("A message of an unknown type was dropped")
