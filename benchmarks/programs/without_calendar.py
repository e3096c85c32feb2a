"""Run rhythmconf as if no kind said what billing runs do, which is how it was before it knew: `ARGUMENT...`"""

from __future__ import annotations

from rhythmconf.__main__ import main
from rhythmconf.catalog import Kind

Kind.steps = ()  # type: ignore[assignment]
Kind.schedule = None  # type: ignore[assignment]

main()
