"""Run rhythmconf as it is, started in the same way as in `without_calendar.py`: `ARGUMENT...`"""

from __future__ import annotations

from rhythmconf.__main__ import main

main()
