"""The vendor of the Stellantis end-user API, for demos and tests."""

from .accounts import Account, App
from .callbacks import Callback
from .cars import Car, Outcome, combustion, electric, hybrid
from .certificates import Certificates
from .faults import Fault, MessageFault
from .journal import Delivery, Request
from .monitors import Monitor
from .records import Alert, Maintenance, Trip
from .simulator import Simulator
from .tls import Front

__all__ = [
    "Account",
    "Alert",
    "App",
    "Callback",
    "Car",
    "Certificates",
    "Delivery",
    "Fault",
    "Front",
    "Maintenance",
    "MessageFault",
    "Monitor",
    "Outcome",
    "Request",
    "Simulator",
    "Trip",
    "combustion",
    "electric",
    "hybrid",
]
