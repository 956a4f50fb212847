"""Home Assistant Cloud's connection, played for the functions of Home Assistant that ask it."""

from types import SimpleNamespace

from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_send

SIGNAL_CLOUDHOOKS_UPDATED = "CLOUDHOOKS_UPDATED"


class Cloudhooks:
    """The cloud's side of cloudhooks. With an `error` it does not answer."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self.hooks: dict[str, dict[str, str]] = {}
        self.made = 0
        self.error: Exception | None = None

    async def async_create(self, webhook_id: str, _managed: bool) -> dict[str, str]:
        if self.error:
            raise self.error
        self.made += 1
        hook = self.hooks[webhook_id] = {"cloudhook_url": f"https://hooks.example.com/{self.made}"}
        self.tell()
        return hook

    async def async_delete(self, webhook_id: str) -> None:
        if self.error:
            raise self.error
        if webhook_id not in self.hooks:
            raise ValueError("Hook is not enabled for the cloud.")
        del self.hooks[webhook_id]
        self.tell()

    def tell(self) -> None:
        """Tell who listens that there are other cloudhooks now."""
        async_dispatcher_send(self._hass, SIGNAL_CLOUDHOOKS_UPDATED, self.hooks)


class Cloud:
    """A connection with an active subscription."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.is_logged_in = True
        self.subscription_expired = False
        self.iot = SimpleNamespace(connected=True)
        self.cloudhooks = Cloudhooks(hass)
        self.client = SimpleNamespace(cloudhooks=self.cloudhooks.hooks)
