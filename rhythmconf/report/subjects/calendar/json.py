"""Write a calendar as JSON, the same that a plan has under `calendar`."""

from __future__ import annotations

from rhythmconf.insight import windows
from rhythmconf.insight.windows.outlook import Outlook
from rhythmconf.model import dump


def json(outlook: Outlook) -> str:
    """Return the calendar as JSON."""
    return dump(windows.to_json(outlook.calendar))
