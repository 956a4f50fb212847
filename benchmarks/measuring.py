"""How figures are measured so that they hold on any machine, however busy it is.

All times are those of the processor that this process, or its event loop, has used: whatever else the machine does
does not count. A ratio is the median over pairs: ours and the floor take turns, so that a machine that becomes slower
slows both. Garbage is collected before a run and not in it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
import gc
from statistics import median
from time import process_time, thread_time
from typing import Any, Final, Self
from unittest.mock import patch

WARM_UP: Final = 0.2
"""The part of the pairs that does not count: it fills caches and opens connections."""


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How much is done for a figure: pairs of a ratio, and runs of which the least counts."""

    pairs: int
    runs: int


THOROUGH: Final = Effort(pairs=40, runs=5)
QUICK: Final = Effort(pairs=8, runs=2)


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What a figure is, and what it may be at most."""

    figure: str
    most: float
    unit: str = "x"

    def show(self, value: float) -> str:
        """Write a value of this figure."""
        return f"{value:.2f}{self.unit}" if self.unit == "x" else f"{value:.1f} {self.unit}"


@dataclass(frozen=True)
class Measured:
    """The value of a figure, and what it is made of."""

    value: float
    made_of: str

    @classmethod
    def ratio(cls, pairs: Sequence[tuple[float, float]]) -> Self:
        """Compare the seconds of ours with those of the floor, pair by pair."""
        ours, floor = (median(seconds) * 1000 for seconds in zip(*pairs, strict=True))
        return cls(median(ours / floor for ours, floor in pairs), f"{ours:.2f} ms over {floor:.2f} ms")

    @classmethod
    def least(cls, seconds: Sequence[float]) -> Self:
        """Take the least of some runs: a busy machine makes some of them longer, ours makes each as long as it must."""
        runs = ", ".join(f"{each * 1000:.1f}" for each in seconds)
        return cls(min(seconds) * 1000, f"ms in {len(seconds)} runs: {runs}")


async def compare[T](
    samples: Sequence[Sequence[T]], ours: Callable[[T], Awaitable[object]], floor: Callable[[T], Awaitable[object]]
) -> Measured:
    """Have ours and the floor take in each sample in turn."""
    pairs = []
    with no_garbage():
        for sample in samples:
            pairs.append((await _time(sample, ours), await _time(sample, floor)))  # noqa: PERF401 - in turn
    return Measured.ratio(pairs[int(len(pairs) * WARM_UP) :])


async def _time[T](sample: Sequence[T], take_in: Callable[[T], Awaitable[object]]) -> float:
    start = process_time()
    for each in sample:
        await take_in(each)
    return (process_time() - start) / len(sample)


@contextmanager
def no_garbage() -> Generator[None]:
    """Collect what there is, and nothing meanwhile."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


@dataclass
class Block:
    """For how many seconds the event loop was blocked by one step at the longest."""

    longest: float = 0.0


_NOT_OURS: Final = ContextVar("not_ours", default=False)


@contextmanager
def not_ours() -> Generator[None]:
    """Start what runs in the same event loop but not in Home Assistant, such as the vendor."""
    token = _NOT_OURS.set(True)
    try:
        yield
    finally:
        _NOT_OURS.reset(token)


@contextmanager
def watch_loop() -> Generator[Block]:
    """Time each step of the event loop: while one runs, nothing else of Home Assistant does."""
    block, run = Block(), asyncio.Handle._run  # noqa: SLF001 - a task that wakes up now and then sees no single step

    def timed(handle: Any) -> None:
        start = thread_time()
        run(handle)
        if not handle._context.get(_NOT_OURS, False):  # noqa: SLF001
            block.longest = max(block.longest, thread_time() - start)

    with patch.object(asyncio.Handle, "_run", timed):
        yield block
