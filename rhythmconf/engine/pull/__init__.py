"""What the tenant has, as files: documents, live State -> new and changed documents, bindings, diagnostics.

It reads and writes nothing; `written` gives each file that has to be written, one after the other.
"""

from __future__ import annotations

from rhythmconf.engine.pull.core import Undecided, needed_kinds, pull
from rhythmconf.engine.pull.form import spoken
from rhythmconf.engine.pull.paths import check_layout
from rhythmconf.engine.pull.values import LAYOUT, Files, New, Pulled, Revision, Scope
from rhythmconf.engine.pull.written import written

__all__ = [
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
