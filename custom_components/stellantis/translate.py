"""The API's errors as translated exceptions of Home Assistant."""

from typing import Final, TypedDict

from .api.errors import (
    AccessPlanError,
    AuthenticationError,
    BadAnswerError,
    BadRequestError,
    CertificateError,
    CertificateRefusedError,
    ClientCredentialsError,
    EmptyAnswerError,
    ForbiddenError,
    HungUpError,
    NoAnswerError,
    NoDataError,
    RateLimitError,
    ServerNotTrustedError,
    SignInError,
    StellantisError,
    TokenRefusedError,
    UnreachableError,
    VendorError,
)
from .api.rate_limits import SavingError
from .const import DOMAIN


class FirebaseApiKeyError(StellantisError):
    """Google does not accept the API key of the Firebase project."""


class FirebaseAppError(StellantisError):
    """Google does not know the app, or not as one of the Firebase project."""


class FirebaseLibraryError(StellantisError):
    """The library for push notifications cannot be installed."""


class FirebaseProjectError(StellantisError):
    """Google does not let this API key register with the Firebase project."""


class FirebaseRegistrationError(StellantisError):
    """Google does not register this Home Assistant as a device, or does not know it any more."""


class GoogleFailedError(StellantisError):
    """A server of Google's failed."""

    def __init__(self, status: int) -> None:
        """Keep the HTTP status."""
        self.status = status
        super().__init__(f"HTTP {status}")


class GoogleUnreachableError(StellantisError):
    """There is no connection to Google, or it has ended."""


class NoCloudhookError(StellantisError):
    """Home Assistant Cloud has no address for the vendor to post to."""


class NoUrlError(StellantisError):
    """The vendor cannot reach this Home Assistant: it has no https address."""


GRANT_ERRORS: Final = (AuthenticationError, ClientCredentialsError)
"""The errors by which the identity provider refuses a grant; `sign_in` decides what becomes of them."""

AUTHENTICATION_ERRORS: Final = (*GRANT_ERRORS, SignInError, TokenRefusedError)
"""The errors of the sign-in: they concern the whole account, and `sign_in` sees to them."""

PASSING_ERRORS: Final = (
    BadAnswerError,
    GoogleFailedError,
    GoogleUnreachableError,
    HungUpError,
    RateLimitError,
    SignInError,
    TokenRefusedError,
    UnreachableError,
    VendorError,
)
"""The errors that end by themselves."""

_KEYS: Final[dict[type[StellantisError], str]] = {
    AccessPlanError: "no_access_plan",
    AuthenticationError: "invalid_auth",
    BadAnswerError: "bad_answer",
    BadRequestError: "rejected",
    CertificateRefusedError: "certificate_refused",
    ClientCredentialsError: "invalid_client",
    EmptyAnswerError: "bad_answer",
    FirebaseApiKeyError: "firebase_api_key_refused",
    FirebaseAppError: "firebase_app_refused",
    FirebaseLibraryError: "firebase_library",
    FirebaseProjectError: "firebase_project_refused",
    FirebaseRegistrationError: "firebase_registration_refused",
    ForbiddenError: "forbidden",
    GoogleFailedError: "google_failed",
    GoogleUnreachableError: "google_unreachable",
    HungUpError: "hung_up",
    NoAnswerError: "cannot_connect",
    NoDataError: "no_data",
    NoUrlError: "no_url",
    NoCloudhookError: "no_cloudhook",
    RateLimitError: "rate_limited",
    SavingError: "rate_limited",
    ServerNotTrustedError: "server_not_trusted",
    SignInError: "sign_in_refused",
    TokenRefusedError: "token_refused",
    UnreachableError: "cannot_connect",
    VendorError: "vendor_error",
}


class Translation(TypedDict):
    """The arguments of a translated exception of Home Assistant."""

    translation_domain: str
    translation_key: str
    translation_placeholders: dict[str, str]


def translation(key: str, **placeholders: str) -> Translation:
    """Return the arguments of an exception that is translated by this key."""
    return {
        "translation_domain": DOMAIN,
        "translation_key": key,
        "translation_placeholders": placeholders,
    }


def translate(err: StellantisError) -> Translation:
    """Return the arguments of an exception for an error of the API."""
    return translation(error_key(err), **error_placeholders(err))


def error_key(err: StellantisError) -> str:
    """Return the translation key of an error of the API, in forms and in exceptions."""
    match err:
        case CertificateError():
            return err.problem
        case SignInError():
            return _KEYS[type(err.cause if err.lost else err)]
        case _:
            return _KEYS[type(err)]


def is_lost(err: StellantisError) -> bool:
    """Tell whether only a person can end this error, by signing in again."""
    return isinstance(err, GRANT_ERRORS) or (isinstance(err, SignInError) and err.lost)


def error_placeholders(err: StellantisError) -> dict[str, str]:
    """Return the placeholders of the error's sentence."""
    match err:
        case CertificateError():
            return {"path": err.path}
        case SignInError() if err.lost:
            return error_placeholders(err.cause)
        case RateLimitError():
            return {"seconds": f"{err.retry_after:.0f}"}
        case GoogleFailedError() | VendorError():
            return {"status": str(err.status)}
        case BadRequestError():
            return {"message": err.message}
        case _:
            return {}
