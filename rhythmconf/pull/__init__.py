"""What the tenant has, as files: documents, live State -> new and changed documents, bindings, diagnostics.

It reads and writes nothing; `written` gives each file that has to be written, one after the other.
"""

from __future__ import annotations

from rhythmconf.pull.core import Undecided, needed_kinds, pull
from rhythmconf.pull.findings import CODES
from rhythmconf.pull.form import spoken
from rhythmconf.pull.paths import check_layout
from rhythmconf.pull.values import LAYOUT, Files, New, Pulled, Revision, Scope
from rhythmconf.pull.written import written

__all__ = [
    "CODES",
    "LAYOUT",
    "Files",
    "New",
    "Pulled",
    "Revision",
    "Scope",
    "Undecided",
    "check_layout",
    "needed_kinds",
    "pull",
    "spoken",
    "written",
]
