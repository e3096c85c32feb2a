"""Two computers apply one project to one tenant at the same time: real processes, two state folders, one server."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.support.process import (
    COMMAND,
    Completed,
    ServedTenant,
    make_environ,
    make_project,
    run,
    run_process_ok,
    serve_emulator,
)

SETTINGS = """\
version: 1
project: hisp
sources: [config]
default_environment: here
environments:
  here: {{tenant: hisp-system, dialect: {{list_lag_s: 0{dialect}}}}}
"""
COUNT = 12
GROUP = "kind: programGroup\nkey: g{n}\nspec: {{name: Group {n}}}\n"
PROGRAM = "kind: program\nkey: p{n}\nspec: {{name: Program {n}, is_active: true, group_id: g{n}}}\n"


def two_computers(folder: Path, dialect: str = "") -> list[Path]:
    """Return two clones of a project."""
    text = "---\n".join(template.format(n=n) for n in range(COUNT) for template in (GROUP, PROGRAM))
    files = {"config/all.yaml": text}
    return [make_project(folder / name, files, SETTINGS.format(dialect=dialect)) for name in ("laptop", "pipeline")]


def apply_at_once(clones: list[Path], tenant: ServedTenant) -> list[Completed]:
    """Apply in all clones at the same time, each with its own state folder."""
    started = [
        subprocess.Popen(
            [*COMMAND, "apply", "--auto-approve"],
            cwd=clone,
            env=make_environ(clone, tenant.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for clone in clones
    ]
    ended = [(process, *process.communicate(timeout=120)) for process in started]
    return [Completed(process.returncode, out, err) for process, out, err in ended]


def count_marks(tenant: ServedTenant) -> Counter[str]:
    records = [*tenant.records("programs"), *tenant.records("programGroups")]
    return Counter(one["sys_external_id"] for one in records)


@pytest.mark.parametrize("latency_ms", [0, 30])
def test_no_record_is_there_twice_in_the_end(tmp_path: Path, latency_ms: int, full: bool) -> None:
    """What the runs could not repair by themselves is repaired by the one command that they name."""
    with serve_emulator(tmp_path, "--latency-ms", str(latency_ms)) as tenant:
        for turn in range(20 if full else 1):
            clones = two_computers(tmp_path / str(turn))
            ended = apply_at_once(clones, tenant)
            twice = {mark for mark, count in count_marks(tenant).items() if count > 1}
            for one in ended:
                assert one.code in (0, 3, 5), ended
                assert "Traceback" not in one.stderr
            # Nobody says that all is well where a record is there twice.
            if twice:
                named = "".join(one.stdout + one.stderr for one in ended)
                assert all(mark.rpartition("/")[2] in named for mark in twice)
                assert any(one.code == 5 for one in ended)
                command = re.search(r"rhythmconf (apply --env here --prune-duplicates)", named)
                assert command is not None, named
                run_process_ok(clones[0], *command[1].split(), "--auto-approve", env=tenant.env)
            for clone in clones:
                run(clone, "apply", "--auto-approve", env=tenant.env)
                assert run_process_ok(clone, "plan", env=tenant.env).last == "No changes."
            marks = count_marks(tenant)
            assert (len(marks), set(marks.values())) == (2 * COUNT, {1})
            tenant.without_records("programs", "programGroups")
