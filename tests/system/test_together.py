"""Eight processes apply to one tenant at once: one writes, and the others name the holder of the lock."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path

from tests.support.process import COMMAND, make_environ, make_project, run_process_ok, serve_emulator

SETTINGS = """\
version: 1
project: hisp
sources: [config]
default_environment: here
environments:
  here: {tenant: hisp-system, dialect: {list_lag_s: 0}}
"""
TOGETHER = 8
COUNT = 4


def test_one_writer_at_a_time(tmp_path: Path, full: bool) -> None:
    folder = make_project(tmp_path / "project", {}, SETTINGS)
    (folder / "config").mkdir()
    with serve_emulator(tmp_path, "--latency-ms", "60") as tenant:
        for turn in range(50 if full else 2):
            documents = [f"kind: statusReason\nkey: t{turn}-{n}\nspec: {{name: T{turn} {n}}}\n" for n in range(COUNT)]
            (folder / "config/all.yaml").write_text("---\n".join(documents))
            together = [
                subprocess.Popen(
                    [*COMMAND, "apply", "--auto-approve"],
                    cwd=folder,
                    env=make_environ(folder, tenant.env),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
                for _ in range(TOGETHER)
            ]
            ended = [(process, *process.communicate(timeout=120)) for process in together]
            codes = Counter(process.returncode for process, _, _ in ended)
            assert set(codes) <= {0, 3}, ended
            assert codes[0] >= 1
            names = {f"process {process.pid}" for process in together}
            for process, _, stderr in ended:
                if process.returncode == 3:
                    assert "RC511" in stderr
                    assert any(name in stderr for name in names), stderr
            assert run_process_ok(folder, "plan", env=tenant.env).last == "No changes."
            marks = Counter(one["sys_external_id"] for one in tenant.records("statusReasons"))
            assert (len(marks), set(marks.values())) == (COUNT * (turn + 1), {1})
