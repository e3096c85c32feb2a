"""Run rhythmconf with timers around the main function of each stage: `OUT.json ARGUMENT...`

Writes seconds of CPU of each stage, and when (seconds on the clock) the first write left and the last was answered.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rhythmconf.__main__ import main
from rhythmconf.engine import diff, identity
from rhythmconf.engine import plan as planning
from rhythmconf.source import desired, documents
from rhythmconf.tenant.client.http import Http

STAGES = ((documents, "load"), (desired, "resolve"), (identity, "pair"), (diff, "compare"), (planning, "build"))
cpu: dict[str, float] = {}
writes: list[tuple[float, float]] = []


def stage(module: Any, name: str) -> None:
    """Measure the CPU time of a function of a module, in seconds."""
    inner: Callable[..., Any] = getattr(module, name)

    @functools.wraps(inner)
    def timed(*arguments: Any, **options: Any) -> Any:
        start = time.process_time()
        try:
            return inner(*arguments, **options)
        finally:
            cpu[name] = cpu.get(name, 0.0) + time.process_time() - start

    setattr(module, name, timed)


def watch_writes() -> None:
    """Record when each write is sent and when it is answered."""
    inner = Http.send

    def send(http: Http, request: Any) -> Any:
        start = time.perf_counter()
        answer = inner(http, request)
        if request.writes:
            writes.append((start, time.perf_counter()))
        return answer

    Http.send = send  # type: ignore[method-assign,assignment]


for module, name in STAGES:
    stage(module, name)
watch_writes()
out = Path(sys.argv.pop(1))
os._exit = sys.exit  # type: ignore[assignment]  # rhythmconf ends by os._exit; here it must return
try:
    main()
except SystemExit as end:
    code = end.code
first, last = (min(start for start, _ in writes), max(end for _, end in writes)) if writes else (0.0, 0.0)
out.write_text(json.dumps({"cpu": cpu, "writing": last - first, "writes": len(writes)}))
sys.exit(code)
