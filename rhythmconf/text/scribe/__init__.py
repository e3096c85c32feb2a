"""Values to document text: writes new documents, and edits those that people wrote without touching the rest.

Plain functions from text to text; each result is read again before it leaves the room.
"""

from __future__ import annotations

from rhythmconf.text.scribe.fix import fix
from rhythmconf.text.scribe.revise import Target, revise
from rhythmconf.text.scribe.shape import shape
from rhythmconf.text.scribe.tidy import tidy
from rhythmconf.text.scribe.write import write

__all__ = ["Target", "fix", "revise", "shape", "tidy", "write"]
