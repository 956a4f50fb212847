"""Firebase Cloud Messaging, the service of Google that carries push notifications."""

from .endpoints import Endpoints, point
from .google import Google
from .state import Fault, Project, PushError, TooLarge, Unavailable, Unregistered

__all__ = [
    "Endpoints",
    "Fault",
    "Google",
    "Project",
    "PushError",
    "TooLarge",
    "Unavailable",
    "Unregistered",
    "point",
]
