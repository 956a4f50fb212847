"""The growing delay between tries of something that fails."""

from .api.errors import RateLimitError, SignInError, StellantisError, VendorError

# After some weeks of failures 2.0 ** failures would overflow.
_MAX_DOUBLINGS = 10
_WITH_DELAY = (RateLimitError, SignInError, VendorError)


def retry_delay(err: StellantisError | None, failures: int, *, first: float, longest: float) -> float:
    """Return the seconds until the next try after this error, the last of so many failures in a row.

    None stands for an answer that is no error and still not good enough. `first` is the delay after the first failure;
    each further one doubles it, up to `longest`. A longer delay that the vendor asks for is respected, and so is the
    time at which the sign-in is tried again.
    """
    delay = min(first * 2.0 ** min(failures - 1, _MAX_DOUBLINGS), longest)
    return max(delay, err.retry_after) if isinstance(err, _WITH_DELAY) else delay
