"""Write documents as text: new ones, and edits of existing ones that leave everything else as it is.

These are functions from text to text. Each reads its own result again and compares the values.
"""

from __future__ import annotations

from rhythmconf.text.scribe.fix import Repair, fix
from rhythmconf.text.scribe.modelines import last_modeline, modeline
from rhythmconf.text.scribe.reformat import reformat
from rhythmconf.text.scribe.revise import Target, revise
from rhythmconf.text.scribe.write import document_field, write

__all__ = [
    "Repair",
    "Target",
    "document_field",
    "fix",
    "last_modeline",
    "modeline",
    "reformat",
    "revise",
    "write",
]
