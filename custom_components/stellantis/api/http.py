"""One request: the one place where answers and their absence become errors."""

from collections.abc import Callable, Mapping
import json
import logging
import ssl
from typing import Any, Final

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorError,
    ClientError,
    ClientOSError,
    ClientPayloadError,
    ClientResponse,
    ClientResponseError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    ServerDisconnectedError,
)
from yarl import URL

from .errors import (
    AccessPlanError,
    AuthenticationError,
    BadAnswerError,
    BadRequestError,
    CertificateRefusedError,
    ForbiddenError,
    HungUpError,
    NoAnswerError,
    NoDataError,
    RateLimitError,
    ServerNotTrustedError,
    StellantisError,
    UnreachableError,
    VendorError,
    anonymous,
)
from .rate_limits import retry_after

_LOGGER = logging.getLogger(__name__)

# The connection broke, perhaps during the TLS handshake. A connection that was never made is another error.
_BROKEN: Final = (ServerDisconnectedError, BrokenPipeError, ConnectionAbortedError, ConnectionResetError)
_NEVER_CONNECTED: Final = (ClientConnectorError, ConnectionTimeoutError)
_NO_ANSWER: Final = (ClientOSError, TimeoutError)

TIMEOUT: Final = ClientTimeout(total=30, sock_connect=10)


async def request(
    session: ClientSession,
    method: str,
    url: str,
    *,
    on_headers: Callable[[Mapping[str, str]], None] | None = None,
    **kwargs: Any,
) -> dict[str, Any]:
    """Send a request and return the JSON object of a 2xx answer; an empty body is an empty object.

    `on_headers` is called with the headers of each answer; `kwargs` go to aiohttp. Raises a StellantisError that says
    what went wrong.
    """
    try:
        # A redirect would carry the token to a host that nobody chose.
        async with session.request(method, url, timeout=TIMEOUT, allow_redirects=False, **kwargs) as response:
            text = (await response.read()).decode(errors="replace")
    except (ClientError, TimeoutError, OSError) as err:
        raise _connection_error(err) from err
    if on_headers:
        on_headers(response.headers)
    _LOGGER.debug("%s %s: %s, %d characters", method, anonymous(URL(url).path), response.status, len(text))
    if 200 <= response.status < 300:  # noqa: PLR2004 - 2xx, as HTTP calls it
        return _parse(text) if text.strip() else {}
    raise _status_error(response, text)


def _parse(text: str) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except ValueError, RecursionError:
        raise BadAnswerError("the answer is not JSON") from None
    if not isinstance(answer, dict):
        raise BadAnswerError("the answer is not a JSON object")
    return answer


def _status_error(response: ClientResponse, text: str) -> StellantisError:
    try:
        body = _parse(text)
    except BadAnswerError:
        body = {}
    match response.status:
        case _ if body.get("moreInformation") == "Not registered to plan":
            return AccessPlanError()
        case 401:
            return AuthenticationError()
        case 403:
            return ForbiddenError()
        case 404:
            return NoDataError()
        case 429:
            return RateLimitError(retry_after(response.headers))
        case status if status >= 500:  # noqa: PLR2004 - 5xx
            return VendorError(status)
        case status if status >= 400:  # noqa: PLR2004 - 4xx
            return BadRequestError(status, body)
        case status:
            return BadAnswerError(f"HTTP {status}")


def _connection_error(err: Exception) -> StellantisError:
    """Return the error that says why there is no answer.

    Under TLS 1.3 a refused client certificate shows only after the handshake, as the cause of a broken connection.
    """
    cause = err.__cause__
    if isinstance(err, ClientConnectorCertificateError):
        return ServerNotTrustedError()
    if isinstance(cause, ssl.SSLError):
        # A server refuses a certificate with a TLS alert. Any other TLS error means that it does not speak TLS.
        refused = "ALERT" in (cause.reason or "")
        return CertificateRefusedError() if refused else BadAnswerError("the server does not speak TLS")
    if isinstance(err, ClientPayloadError):
        return BadAnswerError("the answer broke off")
    if isinstance(err, ClientResponseError):
        return BadAnswerError("the answer is not HTTP")
    if isinstance(err, _BROKEN) or isinstance(cause, _BROKEN):
        return HungUpError()
    if isinstance(err, _NO_ANSWER) and not isinstance(err, _NEVER_CONNECTED):
        return NoAnswerError()
    return UnreachableError()
