"""How much memory the process has."""

import ctypes
import gc
import logging
from pathlib import Path
import resource

import pytest

PAGE = resource.getpagesize()


def used() -> float:
    """Return the memory in use, in MiB, without what the allocator only keeps."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 2**20


def forget_logs(caplog: pytest.LogCaptureFixture) -> None:
    """Forget what has been logged. pytest keeps it twice, with exceptions and all that these refer to."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, type(caplog.handler)):
            handler.clear()


def peak() -> float:
    """Return the most that has been in use, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
