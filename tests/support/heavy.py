"""Mark checks that need a browser or Node tools; `.ci/run` runs them with RHYTHMCONF_HEAVY=1."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import chromium

TOOLS = Path(__file__).parents[2] / ".tools" / "node_modules"

heavy = pytest.mark.heavy
with_browser = pytest.mark.skipif(
    chromium.find_browser() is None, reason="no Chromium here (Debian: apt install chromium)"
)
with_tools = pytest.mark.skipif(not TOOLS.is_dir(), reason="no Node tools here (scripts/tools)")
