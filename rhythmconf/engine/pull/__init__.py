"""Turn what a tenant has into files: new and changed documents, bindings, and warnings.

This package reads and writes nothing. `render_files` gives the text of each file to write, one after the other.
"""

from __future__ import annotations

from rhythmconf.engine.pull.core import PullUndecided, needed_kinds, pull
from rhythmconf.engine.pull.edits import find_unused
from rhythmconf.engine.pull.names import opaque_ids
from rhythmconf.engine.pull.paths import check_layout
from rhythmconf.engine.pull.rendering import render_files
from rhythmconf.engine.pull.spec_writer import document_value
from rhythmconf.engine.pull.unknown import find_lost, find_unknown, report_unknown, report_unlisted
from rhythmconf.engine.pull.values import (
    LAYOUT,
    NewDocument,
    ProjectFiles,
    Pulled,
    PullScope,
    Revision,
    UnusedText,
    WithoutRecord,
)

__all__ = [
    "LAYOUT",
    "NewDocument",
    "ProjectFiles",
    "PullScope",
    "PullUndecided",
    "Pulled",
    "Revision",
    "UnusedText",
    "WithoutRecord",
    "check_layout",
    "document_value",
    "find_lost",
    "find_unknown",
    "find_unused",
    "needed_kinds",
    "opaque_ids",
    "pull",
    "render_files",
    "report_unknown",
    "report_unlisted",
]
