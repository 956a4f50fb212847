"""Whether the vendor's API answers, judged by each request, so that it is known before a command fails."""

from collections.abc import Callable
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ..api.client import StellantisClient
from ..api.errors import BadAnswerError, HungUpError, StellantisError, UnreachableError, VendorError
from ..backoff import Retry

_LOGGER = logging.getLogger(__name__)

ASK_FIRST: Final = 30.0
ASK_LONGEST: Final = 1800.0
"""Seconds until the API is asked whether it answers again: doubled by each failure, up to half an hour."""

_NO_ANSWER: Final = (BadAnswerError, HungUpError, UnreachableError, VendorError)


class VendorHealth:
    """Whether the vendor's API answers. Cars are read so seldom that it is asked itself once a request has failed.

    `on_answer_again` is called when it does after it has not.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: StellantisClient,
        *,
        on_answer_again: Callable[[], None],
    ) -> None:
        """Start as if the API answered."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._on_answer_again = on_answer_again
        self._retry = Retry(hass, self._ask, first=ASK_FIRST, longest=ASK_LONGEST)
        self._asked = False
        self._listeners: list[Callable[[], None]] = []
        self._closed = False
        self.answering = True

    def close(self) -> None:
        """Ask nothing more."""
        self._closed = True
        self._retry.async_cancel()

    @callback
    def async_add_listener(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `listener` when `answering` has changed, until what is returned is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def async_note(self, err: StellantisError | None) -> None:
        """Note how a request has ended; None is a success. A refusal is an answer too."""
        if self._closed:
            return
        if isinstance(err, _NO_ANSWER):
            self._note_failure(err)
        elif err is None or not err.before_request:
            self._note_answer()

    def _note_failure(self, err: StellantisError) -> None:
        """Ask soon after the first failure, which may be a single one. It counts if that fails too."""
        if self._asked and self.answering:
            _LOGGER.info("The vendor's API does not answer: %r", err)
            self._set(answering=False)
        elif not self._asked and not self._retry.pending:
            self._retry.async_schedule(err)

    def _note_answer(self) -> None:
        self._retry.async_reset()
        self._asked = False
        if not self.answering:
            _LOGGER.info("The vendor's API answers again")
            self._set(answering=True)
            self._on_answer_again()

    def _set(self, *, answering: bool) -> None:
        self.answering = answering
        for listener in list(self._listeners):
            listener()

    def _ask(self) -> None:
        self._asked = True
        self._entry.async_create_background_task(self._hass, self._async_ask(), "ask whether the vendor answers")

    async def _async_ask(self) -> None:
        try:
            await self._client.check()
        except StellantisError as err:
            if self._asked and not self._closed:  # else an answer to another request has come meanwhile
                self._retry.async_schedule(err)
