"""A callback: a subscription, who owns it, and the remotes and monitors sent through it."""

from dataclasses import dataclass, field

from simulator.push.monitors import Monitor
from simulator.push.subscription import Subscription
from simulator.remotes.remote import Remote

from .accounts import Account


@dataclass(eq=False, kw_only=True)
class Callback(Subscription):
    """A callback of one account and one app."""

    account: Account
    client_id: str
    remotes: dict[str, Remote] = field(default_factory=dict)
    monitors: dict[str, Monitor] = field(default_factory=dict)
