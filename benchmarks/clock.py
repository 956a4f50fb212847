"""A clock that can be put forward, for all in this process: Home Assistant, the vendor and the cars."""

import asyncio
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from time import monotonic
from typing import Any
from unittest.mock import patch

import freezegun


class Clock:
    """The clock. Between two times that it is put forward, it goes on as always."""

    def __init__(self, frozen: Any) -> None:
        """Have the event loop read this clock, so that its timers fire when they are due."""
        self._frozen = frozen
        self._passed = 0.0
        asyncio.get_running_loop().time = self._time  # type: ignore[method-assign]

    def forward(self, seconds: float) -> None:
        """Put the clock forward."""
        self._frozen.tick(timedelta(seconds=seconds))
        self._passed += seconds

    def _time(self) -> float:
        return monotonic() + self._passed


@contextmanager
def clock() -> Generator[Clock]:
    """Begin in the night, whatever time it is, until the process ends: the event loop's time must not go back."""
    with ExitStack() as stack:
        for name in ("monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"):
            real = getattr(freezegun.api, f"real_{name}")
            stack.enter_context(patch.object(freezegun.api, f"fake_{name}", real))
        # Otherwise freezegun shows the real time to threads.
        stack.enter_context(patch.object(freezegun.api, "call_stack_inspection_limit", 0))
        yield Clock(stack.enter_context(freezegun.freeze_time(tick=True)))
