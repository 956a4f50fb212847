"""Names that more than one module uses."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

DOMAIN: Final = "stellantis"

EVENT_ALERT: Final = "stellantis_alert"
"""Fired on Home Assistant's bus for the logbook."""

CONF_ADVANCED: Final = "advanced"
CONF_API_URL: Final = "api_url"
CONF_BRAND: Final = "brand"
CONF_CA_CERTIFICATE_FILE: Final = "ca_certificate_file"
CONF_CA_CERTIFICATE_PATH: Final = "ca_certificate_path"
CONF_CALLBACK_ID: Final = "callback_id"
CONF_CALLBACK_SECRET: Final = "callback_secret"
CONF_CERTIFICATE_FILE: Final = "certificate_file"
CONF_CERTIFICATE_PATH: Final = "certificate_path"
CONF_CHARGING_LOSS: Final = "charging_loss"
CONF_CHARGING_REFRESH: Final = "charging_refresh"
CONF_CLOUDHOOK_URL: Final = "cloudhook_url"
CONF_DELIVERY: Final = "delivery"
CONF_ENERGY_PRICE_ENTITY: Final = "energy_price_entity"
CONF_ENERGY_PRICE_ZONE: Final = "energy_price_zone"
CONF_FIREBASE_API_KEY: Final = "firebase_api_key"
CONF_FIREBASE_APP_ID: Final = "firebase_app_id"
CONF_FIREBASE_CREDENTIALS: Final = "firebase_credentials"
CONF_FIREBASE_PROJECT_ID: Final = "firebase_project_id"
CONF_FIREBASE_SENDER_ID: Final = "firebase_sender_id"
CONF_KEEP_POSITIONS: Final = "keep_positions"
CONF_MOVING_REFRESH: Final = "moving_refresh"
CONF_OAUTH_URL: Final = "oauth_url"
CONF_POLL_INTERVAL: Final = "poll_interval"
CONF_PRIVATE_KEY_FILE: Final = "private_key_file"
CONF_PRIVATE_KEY_PASSWORD: Final = "private_key_password"
CONF_PRIVATE_KEY_PATH: Final = "private_key_path"
CONF_PUSHED_POLL_INTERVAL: Final = "pushed_poll_interval"
CONF_REALM: Final = "realm"
CONF_SCOPE_SEPARATOR: Final = "scope_separator"
CONF_SCOPES: Final = "scopes"
CONF_TUTORIAL_SPELLINGS: Final = "tutorial_spellings"
CONF_VEHICLE_EXTENSIONS: Final = "vehicle_extensions"
CONF_WAKE_UP_LIMIT: Final = "wake_up_limit"


class Delivery(StrEnum):
    """How the vendor's messages come; the first that a Home Assistant can have is the default."""

    WEBHOOK = "webhook"
    WEBSOCKET = "websocket"
    PUSH_NOTIFICATION = "push_notification"
    POLLING = "polling"


DEFAULT_OPTIONS: Final = {
    CONF_PUSHED_POLL_INTERVAL: 360,
    CONF_POLL_INTERVAL: 30,
    CONF_CHARGING_REFRESH: 5,
    CONF_MOVING_REFRESH: 1,
    CONF_WAKE_UP_LIMIT: 100,
    CONF_CHARGING_LOSS: 0,
    CONF_KEEP_POSITIONS: False,
}
"""Minutes, wake-ups of a car in a month (0: as many as the vendor allows), percent, and whether positions are kept."""


def delivery_of(data: Mapping[str, Any]) -> str:
    """Return the way in an entry's data; an entry of before version 1.3 that has been disabled since has none."""
    delivery: str = data.get(CONF_DELIVERY, Delivery.WEBHOOK)
    return delivery


def default_options(delivery: str) -> dict[str, int]:
    """Return the default options of an account whose messages come this way."""
    return {**DEFAULT_OPTIONS, CONF_POLL_INTERVAL: 15} if delivery == Delivery.POLLING else dict(DEFAULT_OPTIONS)
