"""The text that the demo prints once it is ready, and the one on the form for a second account."""

from collections.abc import Iterable

from .client import PASSWORD, USERNAME
from .configuration import ROOT, Folder
from .way import Way

TO_TRY = (
    "Lock the Peugeot e-208: the lock says Locking until the car has done it.",
    "Lock the Peugeot 2008, whose boot is open, and read why it is not locked.",
    "Start charging the 308 Hybrid, which is not plugged in, and read why not.",
    "On the dashboard, press the key a and type: lock the Peugeot e-208 doors",
    "See the last month: the second page of the dashboard, and Energy.",
)

# What has no room in the guide stands on the dashboard only.
MORE_TO_TRY = (
    "Add an event to the calendar Peugeot e-208 Preconditioning programs: the car has the program a moment later.",
    "Set the charge limit of the e-208, which charges, some percent above its level: it stops there within minutes.",
)

IN_THE_GARAGE = (
    "Open a door of the 2008.",
    "Unplug the e-208, plug it in again, and start charging it.",
    "Let the 308 Hybrid drive off: it moves on the map.",
    "Break into the e-208: the alarm goes off until somebody unlocks the car.",
)

WATCHING = "Do to the cars what people do. The dashboard shows it {when}."
PUSHED, READ, POLLED = "at once", "within 10 seconds", "within 15 minutes"

GUIDE = """
  To try: open {url} and log in as {username}, password {password}.
{to_try}

  Garage  {garage}
    {watching}
{in_the_garage}

  To add another account by hand, open this address, and fill in what is in
  {second_account}:
    {url}/config/integrations/dashboard/add?domain=stellantis

  Logs: {log}
        {simulator_log}
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
        in_the_garage="\n".join(f"    - {sentence}" for sentence in IN_THE_GARAGE),
        second_account=folder.second_account.relative_to(ROOT),
        log=folder.log.relative_to(ROOT),
        simulator_log=folder.simulator_log.relative_to(ROOT),
    )


def explain_form(fields: Iterable[tuple[str, str]], email: str) -> str:
    """Make the text on the form for the second account: labels with their values, and the email to sign in with."""
    rows = list(fields)
    width = max(len(label) for label, _text in rows)
    return FORM.format(fields="\n".join(f"{label:<{width}}  {text}" for label, text in rows), email=email)
