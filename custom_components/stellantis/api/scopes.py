"""The scopes that a user can consent to (docs/vendor-api.md, "OAuth2")."""

from enum import StrEnum


class Scope(StrEnum):
    """A scope, in the order in which the form offers them."""

    TELEMETRY = "data:telemetry"
    POSITION = "data:position"
    TRIP = "data:trip"
    ALERT = "data:alert"
    COLLISION = "data:collision"
    DOORS = "remote:door:write"
    PRECONDITIONING = "remote:preconditioning:write"
    HORN = "remote:horn:write"
    CHARGING = "remote:charging:write"
    LIGHTS = "remote:lights:write"
    WAKE_UP = "remote:wakeup:write"
    NAVIGATION = "remote:navigation:write"
