"""The text that the demo prints once it is ready, and the one on the form for a second account."""

from collections.abc import Iterable

from .client import PASSWORD, USERNAME
from .configuration import ROOT, Folder
from .way import Way

TO_TRY = (
    "Lock the Peugeot e-208: the lock says Locking until the car has done it, some 3 seconds later.",
    "Unlock the 308 Hybrid: it is asleep and has to wake up first.",
    "Start charging the 308 Hybrid, which is not plugged in, and read why it did not.",
    "Lock the 2008: its boot is open.",
    "Add an event to the calendar Peugeot e-208 Preconditioning: the car has the program a moment later.",
    "Set the charge limit of the e-208, which charges, some percent above its level: it stops there within minutes.",
    "Look at the second page of the dashboard and at Energy: trips and charges of the last month.",
    "Open Assist (the key a) and say: lock the Peugeot e-208 doors.",
)

IN_THE_GARAGE = (
    "Open a door of the 2008: its tile changes.",
    "Unplug the e-208 and plug it in again; start charging it.",
    "Let the 308 Hybrid drive off: it moves on the map.",
    "Raise an alert: it is among the recent events, and the car has a problem until the alert is cleared.",
    "Break into the e-208: its tiles say so until it is unlocked.",
)

WATCHING = "Do to the cars what people do, on the page of the garage, and watch the dashboard, which has it {when}:"
PUSHED, READ, POLLED = "at once", "within 10 seconds", "after up to 15 minutes"

GUIDE = """
  Open    {url}
  Log in  {username} / {password}
  Garage  {garage}

  To try
{to_try}
    - {watching}
{in_the_garage}
    - Add a second account by hand: {url}/config/integrations/dashboard/add?domain=stellantis
        What to fill in is in {second_account}.

  What Home Assistant says: {log}
  What the vendor sees:     {simulator_log}
  Ctrl-C stops everything.
"""


FORM = """\
{fields}

Then choose {email} and press Allow. The browser warns of the vendor's certificate, which
only the simulator vouches for: go on all the same.
"""


def guide(url: str, garage: str, folder: Folder, way: Way) -> str:
    """Make the text."""
    return GUIDE.format(
        url=url,
        username=USERNAME,
        password=PASSWORD,
        garage=garage,
        to_try="\n".join(f"    - {sentence}" for sentence in TO_TRY),
        watching=WATCHING.format(when={Way.POLLING: POLLED, Way.PUSH_NOTIFICATION: READ}.get(way, PUSHED)),
        in_the_garage="\n".join(f"        {sentence}" for sentence in IN_THE_GARAGE),
        second_account=folder.second_account.relative_to(ROOT),
        log=folder.log.relative_to(ROOT),
        simulator_log=folder.simulator_log.relative_to(ROOT),
    )


def explain_form(fields: Iterable[tuple[str, str]], email: str) -> str:
    """Make the text on the form for the second account: labels with their values, and the email to sign in with."""
    rows = list(fields)
    width = max(len(label) for label, _text in rows)
    return FORM.format(fields="\n".join(f"{label:<{width}}  {text}" for label, text in rows), email=email)
