"""What the button of a repair does: it reconfigures the account, or reloads it.

Home Assistant deletes a repair whose flow creates an entry, and keeps one whose flow aborts. So a flow creates an entry
only if the repair has already gone by itself.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigError, ConfigFlowContext, FlowType
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN
from .issues import FIXES, Fix, Issue


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Offer what can be done about a repair that is shown."""
    shown = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    if TYPE_CHECKING:
        assert shown
        assert data
    return AccountRepairFlow(
        str(data["entry_id"]), FIXES[Issue(str(shown.translation_key))], shown.translation_placeholders
    )


class AccountRepairFlow(RepairsFlow):
    """A menu of what can be done about a repair of an account."""

    def __init__(self, entry_id: str, fixes: tuple[Fix, ...], placeholders: Mapping[str, str] | None) -> None:
        """Start with what the repair says: it goes away while the account is reloaded."""
        self._entry_id = entry_id
        self._fixes = fixes
        self._placeholders = placeholders

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Show the menu."""
        return self.async_show_menu(
            step_id="init", menu_options=list(self._fixes), description_placeholders=self._placeholders
        )

    async def async_step_reconfigure(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Start to reconfigure the account, and have the browser go on there."""
        if obstacle := self._obstacle():
            return self._abort(obstacle)
        flows = self.hass.config_entries.flow
        context = ConfigFlowContext(source=SOURCE_RECONFIGURE, entry_id=self._entry_id)
        # The browser ends a flow that is closed only if it has started the flow itself.
        for left_behind in flows.async_progress_by_handler(DOMAIN, match_context=dict(context)):
            flows.async_abort(left_behind["flow_id"])
        flow = await flows.async_init(DOMAIN, context=context)
        result = self._abort("reconfigure")
        # In Home Assistant 2026.8 `async_abort` does not take it yet, but the browser goes on there all the same.
        cast("dict[str, Any]", result)["next_flow"] = (FlowType.CONFIG_FLOW, flow["flow_id"])
        return result

    async def async_step_reload(self, _user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Reload the account, and look whether that has helped."""
        if obstacle := self._obstacle():
            return self._abort(obstacle)
        try:
            loaded = await self.hass.config_entries.async_reload(self._entry_id)
        except ConfigError:
            loaded = False
        if not loaded:
            return self._abort("reload_failed")
        if still := ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id):
            self._placeholders = still.translation_placeholders
            return self._abort("unchanged")
        return self.async_create_entry(data={}, description_placeholders=self._placeholders)

    def _obstacle(self) -> str | None:
        """Return why nothing can be done, if the account has changed since the menu was shown."""
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is None:
            return "entry_removed"
        return "entry_disabled" if entry.disabled_by else None

    def _abort(self, reason: str) -> RepairsFlowResult:
        return self.async_abort(reason=reason, description_placeholders=self._placeholders)
