"""How a remote ends."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """The last status of a remote: Success, AlreadyDone, Failed, or a pending status that no other message follows.

    `type` replaces the type Done or Pending of the message. The vendor's tutorial also has a type Failed
    (docs/vendor-api.md, Remotes).
    """

    status: str
    failure_cause: str | None = None
    feedback: str | None = None
    type: str | None = None
