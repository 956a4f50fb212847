"""Whether the vendor still accepts the sign-in of an account, and when a person is asked to sign in again.

The identity provider refuses a valid sign-in now and then, and the API's gateway a valid token. So a refusal counts
only if it is repeated some minutes later. While a person is asked to sign in again, the identity provider is asked on,
in the end once an hour: if it accepts the old sign-in after all, the question is taken back.
"""

from collections.abc import Callable
from datetime import datetime
import logging
from typing import Any, Final

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry, ConfigEntryState
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util.hass_dict import HassKey

from .api.errors import SignInError, StellantisError
from .backoff import retry_delay
from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)

CONFIRM_AFTER: Final = 300.0
"""Seconds from the first refusal until the identity provider is asked a second time."""
LOST_RETRY: Final = 3600.0
"""The longest time, in seconds, until it is asked again after that: each further refusal doubles it."""
PATIENCE: Final = 3600.0
"""Seconds for which the API may refuse new tokens and accept none before a person is asked to sign in again."""


def _nobody_listens() -> None:
    """Do nothing."""


class SignIn:
    """The sign-in of one account: `sign_in` returns the one of an entry."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Start with a sign-in that is accepted."""
        self._hass = hass
        self._entry = entry
        self._refusal: StellantisError | None = None  # by the identity provider
        self._refusals = 0
        self._impatient = False
        self._due = 0.0
        self._cancel_wait: CALLBACK_TYPE | None = None
        self._cancel_patience: CALLBACK_TYPE | None = None
        self._ask = self._on_recovery = _nobody_listens

    @property
    def state(self) -> str:
        """How it stands, for diagnostics."""
        if self._refusal:
            return "lost" if self._lost else "refused"
        return "token_refused" if self._impatient or self._cancel_patience else "accepted"

    @callback
    def async_attach(self, ask: Callable[[], None], on_recovery: Callable[[], None]) -> None:
        """Work for an account until its entry is unloaded.

        `ask` is called when it is time to ask the identity provider again, `on_recovery` when it accepts the sign-in
        again.
        """
        self._ask, self._on_recovery = ask, on_recovery
        self._entry.async_on_unload(self._async_detach)

    def check(self) -> None:
        """Raise SignInError if it is not yet time to ask the identity provider again."""
        if self._refusal and self._cancel_wait:
            if self._lost:
                self.async_ask_person()  # a reload takes the question back
            raise SignInError(self._refusal, max(0.0, self._due - self._hass.loop.time()), lost=self._lost)

    @property
    def _lost(self) -> bool:
        """Whether a second refusal has confirmed the first."""
        return self._refusals > 1

    @callback
    def async_refused(self, err: StellantisError) -> SignInError:
        """Note that the identity provider refuses the sign-in, and return the error to raise."""
        self._refusal = err
        self._refusals += 1
        delay = retry_delay(err, self._refusals, first=CONFIRM_AFTER, longest=LOST_RETRY)
        _LOGGER.info("The vendor refuses the sign-in, it is asked again in %.0f s: %r", delay, err)
        self._async_wait(delay)
        if self._lost:
            self.async_ask_person()
        return SignInError(err, delay, lost=self._lost)

    @callback
    def async_unanswered(self, err: StellantisError) -> None:
        """Note that the identity provider said neither yes nor no."""
        if self._refusal:
            self._async_wait(retry_delay(err, 1, first=CONFIRM_AFTER, longest=LOST_RETRY))

    @callback
    def async_granted(self) -> None:
        """Note that the identity provider accepts the sign-in."""
        if self._refusal is None:
            return
        asked, self._refusal, self._refusals = self._lost, None, 0
        self._async_cancel_wait()
        if asked:
            self._async_withdraw()
        self._on_recovery()

    @callback
    def async_judged(self, accepted: bool) -> None:
        """Note whether the API accepts the newest token."""
        if accepted:
            asked, self._impatient = self._impatient, False
            self._async_cancel_patience()
            if asked:
                self._async_withdraw()
        elif self._impatient:
            self.async_ask_person()
        elif not self._cancel_patience:
            _LOGGER.info("The vendor's API refuses a token that has just been issued")
            self._cancel_patience = self._async_call_later(PATIENCE, self._async_lose_patience)

    @callback
    def async_ask_person(self) -> None:
        """Ask a person to sign in again, unless that has been done."""
        self._entry.async_start_reauth(self._hass)

    @callback
    def async_forget(self) -> None:
        """Forget all refusals: the entry is being removed, or gets another token."""
        self._refusal, self._refusals, self._impatient = None, 0, False
        self._async_cancel_wait()
        self._async_cancel_patience()

    @callback
    def _async_withdraw(self) -> None:
        """Take the question back."""
        _LOGGER.info("The vendor accepts the sign-in again")
        for flow in list(self._entry.async_get_active_flows(self._hass, {SOURCE_REAUTH})):
            self._hass.config_entries.flow.async_abort(flow["flow_id"])

    @callback
    def _async_detach(self) -> None:
        self._ask = self._on_recovery = _nobody_listens
        # Home Assistant soon tries a set-up that has failed again: that try goes on from here.
        if self._entry.state is not ConfigEntryState.SETUP_RETRY:
            self._async_cancel_wait()
            self._async_cancel_patience()
            if not self._lost:
                self._refusal, self._refusals = None, 0

    @callback
    def _async_wait(self, delay: float) -> None:
        self._async_cancel_wait()
        self._due = self._hass.loop.time() + delay
        self._cancel_wait = self._async_call_later(delay, self._async_end_wait)

    @callback
    def _async_end_wait(self, _now: datetime) -> None:
        self._cancel_wait = None
        self._ask()

    @callback
    def _async_lose_patience(self, _now: datetime) -> None:
        self._cancel_patience = None
        self._impatient = True  # the next refusal asks: there may have been none since the first, but an outage

    @callback
    def _async_cancel_wait(self) -> None:
        if self._cancel_wait:
            self._cancel_wait()
            self._cancel_wait = None

    @callback
    def _async_cancel_patience(self) -> None:
        if self._cancel_patience:
            self._cancel_patience()
            self._cancel_patience = None

    def _async_call_later(self, delay: float, action: Callable[[datetime], None]) -> CALLBACK_TYPE:
        return async_call_later(self._hass, delay, HassJob(action, cancel_on_shutdown=True))


_SIGN_INS: HassKey[dict[str, SignIn]] = HassKey(f"{DOMAIN}_sign_ins")


@callback
def sign_in(hass: HomeAssistant, entry: ConfigEntry[Any]) -> SignIn:
    """Return the sign-in of an entry. It outlives reloads, and set-ups that fail."""
    sign_ins = hass.data.setdefault(_SIGN_INS, {})
    if entry.entry_id not in sign_ins:
        sign_ins[entry.entry_id] = SignIn(hass, entry)
    return sign_ins[entry.entry_id]


@callback
def async_forget_sign_in(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Forget the sign-in of an entry that is being removed."""
    sign_in(hass, entry).async_forget()
    del hass.data[_SIGN_INS][entry.entry_id]
