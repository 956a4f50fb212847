"""The vendor of the Stellantis end-user API, simulated for demos and tests."""

from .base.certificates import Certificates
from .base.journal import Connection, Delivery, Entry, Request
from .base.tls import Front
from .cars.car import Car
from .cars.models import combustion, electric, hybrid
from .cars.outcome import Outcome
from .cars.records import Alert, Collision, Impact, Maintenance, Trip
from .push.faults import ConnectionFault, MessageFault
from .push.monitors import Monitor
from .simulator import Simulator
from .vendor.accounts import Account, App
from .vendor.callback import Callback
from .vendor.faults import GATEWAY_REFUSAL, Fault, gateway_refusal, token_error

__all__ = [
    "GATEWAY_REFUSAL",
    "Account",
    "Alert",
    "App",
    "Callback",
    "Car",
    "Certificates",
    "Collision",
    "Connection",
    "ConnectionFault",
    "Delivery",
    "Entry",
    "Fault",
    "Front",
    "Impact",
    "Maintenance",
    "MessageFault",
    "Monitor",
    "Outcome",
    "Request",
    "Simulator",
    "Trip",
    "combustion",
    "electric",
    "gateway_refusal",
    "hybrid",
    "token_error",
]
