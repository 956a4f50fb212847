"""What receives messages, a webhook, and the subscription that makes the vendor post to it."""

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


def subscription(target: str = "https://127.0.0.1:1/hook", *attributes: dict[str, str]) -> dict[str, Any]:
    """Subscribe to messages, by default where nobody takes them."""
    webhook = {"name": "webhook", "target": target, "attributes": list(attributes)}
    return {"label": "mine", "type": ["Monitor", "Remote"], "callback": {"webhook": webhook}}


@dataclass
class Inbox:
    """Messages and batches as they have arrived."""

    received: list[Any] = field(default_factory=list)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """All messages, in order of arrival."""
        return [one for body in self.received for one in (body if isinstance(body, list) else [body])]

    @property
    def events(self) -> list[tuple[str, str]]:
        """Type and status of each remote's message."""
        statuses = (one["remoteEvent"]["eventStatus"] for one in self.messages if one["type"] == "Remote")
        return [(status["type"], status["status"]) for status in statuses]

    @property
    def seen(self) -> list[dict[str, Any]]:
        """The events of monitors."""
        return [one["monitorEvent"] for one in self.messages if one["type"] == "Monitor"]


@dataclass
class Webhook(Inbox):
    """Where messages arrive. `statuses` are what it answers, 200 when there are none left."""

    url: str = ""
    requests: list[web.Request] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.requests.append(request)
        self.received.append(await request.json())
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)
