"""The callback that the vendor keeps."""

from simulator import Callback

from .harness import Harness


def only_callback(harness: Harness) -> Callback:
    """Return the vendor's one callback."""
    [callback] = harness.vendor.callbacks.values()
    return callback


def changes(harness: Harness) -> int:
    """Return how often the vendor's callbacks have been created, changed or deleted."""
    return sum(len(harness.requests(method, "/user/callbacks*")) for method in ("POST", "PUT", "DELETE"))


def looks(harness: Harness) -> int:
    """Return how often the vendor's callbacks have been looked at."""
    return len(harness.requests("GET", "/user/callbacks"))
