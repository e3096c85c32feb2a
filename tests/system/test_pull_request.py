"""What a pull request says after each step of its life: comments, labels, summaries and refs are true at every moment.

Each test walks through many steps with one tenant, because a step costs seconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.actions import Cancel, Job, Runner, with_gh
from tests.support.git import git
from tests.support.heavy import heavy
from tests.support.host import serve_host
from tests.support.pipelines import (
    SANDBOX,
    SECRETS,
    SETTINGS,
    list_refs,
    push_all,
    rename_program,
    serve_runner,
    start_clone,
)
from tests.support.process import ServedTenant, edit_file, run_process_ok, serve_emulator

pytestmark = [heavy, with_gh]
APPLIED = "refs/rhythmconf/applied/production"
OLD, NEW = "name: Certified Safety Inspector", "name: Safety Inspector"
SUFFIXES = {"overrides": "txt", "bindings": "yaml"}


@pytest.fixture
def work(tmp_path: Path, tenant: ServedTenant) -> Path:
    """Return a clone with the pipeline and no documents; its branch `first` has those of the small project."""
    run_process_ok(tmp_path, "init", "work", "--github", "--project", "demo")
    folder = start_clone(tmp_path / "work", SETTINGS.format(url=tenant.url))
    documents = {path: path.read_text() for path in (folder / "config").glob("*.yaml")}
    for path in documents:
        path.unlink()
    (folder / "config/.gitkeep").touch()
    push_all(folder, "main")
    git(folder, "checkout", "-q", "-b", "first")
    for path, text in documents.items():
        path.write_text(text)
    push_all(folder, "first")
    git(folder, "checkout", "-q", "main")
    return folder


@pytest.fixture
def runner(tmp_path: Path, work: Path) -> Iterator[Runner]:
    with serve_runner(tmp_path) as one:
        yield one


class Scene(NamedTuple):
    """A repository, its pipeline and its tenant."""

    work: Path
    runner: Runner
    tenant: ServedTenant

    def push(self, branch: str, *edits: tuple[str, str, str], **texts: str) -> str:
        """Commit edits of files, and whole files of `overrides` or `bindings`, to a branch; return the commit."""
        start = [branch] if git(self.work, "branch", "--list", branch) else ["-b", branch]
        git(self.work, "checkout", "-q", *start)
        for name, old, new in edits:
            edit_file(self.work / name, old, new)
        for folder, text in texts.items():
            (self.work / folder).mkdir(exist_ok=True)
            (self.work / folder / f"production.{SUFFIXES[folder]}").write_text(text)
        commit = push_all(self.work, branch)
        git(self.work, "checkout", "-q", "main")
        return commit

    def plan_comment(self, number: int, branch: str, code: int) -> str:
        """Run the review of a branch, and return the comment with its plan, on one line."""
        review = self.runner.run("review", branch)
        assert review.code == code, review.log
        return " ".join(self.runner.host.comment(number, "plan").split())

    def apply(self, between: Callable[[], None] = lambda: None) -> tuple[Job, str]:
        """Run the jobs of main: plan, approval and apply. Return the last, and what it says on the pull request."""
        planned = self.runner.run("plan")
        assert planned.code == 0, planned.log
        between()
        job = self.runner.run("apply", before=planned.outputs["review"])
        said = self.runner.host.comment(self.runner.host.pulls[-1]["number"], "apply:production")
        assert said.partition("\n\n")[2] == job.summary.partition("\n")[2]
        return job, said


def test_the_life_of_pull_requests(work: Path, runner: Runner, tenant: ServedTenant) -> None:
    scene = Scene(work, runner, tenant)
    first = bring_first_documents(scene)
    number = see_why_there_is_no_plan(scene)
    see_labels(scene, number)
    cancel_and_queue(scene, number)
    refuse_a_stale_plan(scene, number)
    assert "applied. 3 added" in runner.host.comment(first, "apply:production")  # each pull request has its own


def bring_first_documents(scene: Scene) -> int:
    """Review and apply the first pull request, before which there is neither a base nor a snapshot."""
    number = scene.runner.host.open_pull("first")
    comment = scene.plan_comment(number, "first", 0)
    assert "3 to add" in comment
    assert "as if the tenant were empty" in comment
    assert "RC551" in comment
    scene.runner.host.merge(number, scene.work)
    applied, said = scene.apply()
    assert applied.code == 0, applied.log
    assert "### Apply for `production`: applied. 3 added, 0 changed, 0 destroyed." in said
    assert "[**Plan and run record**](https://github.test/us/config/actions/runs/42/artifacts/run)" in said
    assert "[Run 3](https://github.test/us/config/actions/runs/42)" in said
    return number


def see_why_there_is_no_plan(scene: Scene) -> int:
    """Push a change, then mistakes: the comment is always about the last commit, and names it."""
    head = scene.push("name", ("config/program.yaml", OLD, NEW))
    number = scene.runner.host.open_pull("name")
    comment = scene.plan_comment(number, "name", 0)
    page = (scene.runner.artifact("review") / "plan.html").read_text()
    assert "1 to change" in comment
    for text in (
        f"[Commit `{head[:12]}`](https://github.test/us/config/commit/{head}) · [Run 3]",
        f"[Pull request {number}](https://github.test/us/config/pull/{number}) · [by ana](https://github.test/ana)",
        f"commit `{head[:12]}`",
    ):
        assert text in comment
    assert re.search(r"made on \d+ [A-Z][a-z]{2} 20\d\d, \d\d:\d\d UTC", comment)
    assert f"https://github.test/us/config/pull/{number}" in page
    merge = (scene.runner.artifact("review") / "plan.json").read_text()
    assert f'"commit": "{head}' not in merge  # the plan itself is that of the merge

    age_snapshot(scene)
    comment = scene.plan_comment(number, "name", 0)
    assert "as of" in comment
    assert "RC550" in comment

    bad = scene.push("name", overrides="# a word\n--theirs program/safety-inspector\n")
    comment = scene.plan_comment(number, "name", 1)
    assert "1 to change" not in comment
    assert "overrides/production.txt, line 2: --theirs is no override" in comment
    assert "write it into the document" in comment
    assert "write --ours instead of --theirs: program/safety-inspector" in comment
    assert f"/commit/{bad})" in comment

    scene.push("rhythmconf/bindings-production", bindings="bindings: {}\n")
    scene.push("name", overrides="# none\n")
    assert "Merge origin/rhythmconf/bindings-production first" in scene.plan_comment(number, "name", 3)
    git(scene.work, "push", "-q", "origin", ":rhythmconf/bindings-production")
    return number


def age_snapshot(scene: Scene) -> None:
    """Replace the snapshot by the same one of last year."""
    origin, ref = scene.runner.origin, "refs/rhythmconf/snapshot/production"
    text = git(origin, "cat-file", "blob", ref)
    old = re.sub(r'"taken_at": *"[^"]*"', '"taken_at": "2025-11-21T04:17:00Z"', text)
    assert old != text
    file = scene.runner.home / "snapshot.json"
    file.write_text(old)
    git(origin, "update-ref", ref, git(origin, "hash-object", "-w", str(file)))


def see_labels(scene: Scene, number: int) -> None:
    """Delete a record, then take everything back."""
    host = scene.runner.host
    host.all_labels.append("urgent")
    host.labels[number].append("urgent")
    reminder = (scene.work / "config/reminder.yaml").read_text()
    scene.push("name", ("config/reminder.yaml", reminder, reminder.partition("---\n")[0]))
    assert "1 to destroy" in scene.plan_comment(number, "name", 3)
    assert host.labels[number] == ["urgent", "rhythmconf: destroy"]
    scene.push(
        "name",
        ("config/reminder.yaml", reminder.partition("---\n")[0], reminder),
        ("config/program.yaml", NEW, OLD),
    )
    assert "No changes." in scene.plan_comment(number, "name", 0)
    assert host.labels[number] == ["urgent", "rhythmconf: no changes"]


def cancel_and_queue(scene: Scene, number: int) -> None:
    """Cancel a review, as a newer push does; then review the pull request in a merge queue, which has no comment."""
    scene.push("name", ("config/program.yaml", OLD, NEW))
    cancelled = scene.runner.run("review", "name", cancel=Cancel("github.sh review", lambda: True))
    assert cancelled.cancelled
    comment = scene.runner.host.comment(number, "plan")
    assert "No plan for this commit" in comment
    assert scene.runner.host.labels[number] == ["urgent"]
    queued = scene.runner.run("review", "name", queue=True)
    assert queued.code == 0, queued.log
    assert "1 to change" in queued.summary
    assert scene.runner.host.comment(number, "plan") == comment


def refuse_a_stale_plan(scene: Scene, number: int) -> None:
    """Change the tenant between the plan and the approval, then run all jobs again."""
    before = list_refs(scene.runner)[APPLIED]
    scene.runner.host.merge(number, scene.work)
    stale, said = scene.apply(between=lambda: rename_program(scene.tenant, "Another"))
    assert stale.code == 3
    assert "not applied. Nothing was written." in said
    assert "Another" in said
    assert "press **Re-run all jobs**, not **Re-run failed jobs**" in said
    assert list_refs(scene.runner)[APPLIED] == before
    rename_program(scene.tenant, "Certified Safety Inspector")
    planned = scene.runner.run("plan")
    again = scene.runner.run("apply", before=planned.outputs["review"])
    said = scene.runner.host.comment(number, "apply:production")
    assert again.code == 0, again.log
    assert "applied. 0 added, 1 changed, 0 destroyed." in said
    assert "Re-run" not in said
    assert list_refs(scene.runner)[APPLIED] == git(scene.work, "rev-parse", "HEAD")
    # A second run of this job alone has the same plan.
    twice = scene.runner.run("apply", before=planned.outputs["review"])
    said = scene.runner.host.comment(number, "apply:production")
    assert twice.code == 3
    assert "Nothing was written." in said
    assert "It looks as if this plan was applied before: the tenant has what it would change." in said
    assert "\\n" not in said


@pytest.mark.parametrize("tenant", [("--latency-ms", "1000")], indirect=True)
def test_a_cancelled_apply_says_what_was_applied(work: Path, runner: Runner, tenant: ServedTenant) -> None:
    number = runner.host.open_pull("first")
    runner.host.merge(number, work)
    planned = runner.run("plan")

    def has_written() -> bool:
        return any(one["method"] == "POST" and "/oauth/" not in one["path"] for one in tenant.log())

    stopped = runner.run("apply", before=planned.outputs["review"], cancel=Cancel("github.sh apply", has_written))
    assert stopped.cancelled
    created = sum(len(tenant.records(each)) for each in ("programs", "notices", "billingTemplates"))
    assert created < 3  # the second wave waits for the answers of the first, which the tenant delays
    said = runner.host.comment(number, "apply:production")
    assert f"stopped half-way. {created} of 3 changes are applied." in said
    assert "`rhythmconf resume run.jsonl`" in said
    assert APPLIED not in list_refs(runner)
    assert said.partition("\n\n")[2] == stopped.summary.partition("\n")[2]


def test_a_folder_a_trunk_and_two_environments(tmp_path: Path) -> None:
    """The jobs of both environments write comments of their own, and agree about the labels of the pull request."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    home, origin, work = tmp_path / "runner", tmp_path / "origin.git", tmp_path / "work"
    home.mkdir()
    with (
        serve_emulator(tmp_path / "a", tenant="demo-sandbox", token="the-token-of-sandbox") as sandbox,
        serve_emulator(tmp_path / "b", tenant="demo-live", token="the-token-of-production") as production,
        serve_host(origin) as host,
    ):
        git(tmp_path, "init", "-q", "--bare", "-b", "trunk", "origin.git")
        git(tmp_path, "init", "-q", "-b", "trunk", "work")
        git(work, "remote", "add", "origin", str(origin))
        run_process_ok(work, "init", "club", "--project", "demo")
        settings = SETTINGS.format(url=production.url) + SANDBOX.format(url=sandbox.url)
        (work / "club/rhythmconf.yaml").write_text(settings)
        run_process_ok(work / "club", "init", "--github", "--env", "sandbox", "--env", "production")
        push_all(work, "trunk")
        runner = Runner(home, origin, SECRETS, host, "trunk", "rhythmconf-club.yml")

        git(work, "checkout", "-q", "-b", "name")
        edit_file(work / "club/config/program.yaml", OLD, NEW)
        push_all(work, "name")
        git(work, "checkout", "-q", "trunk")
        number = host.open_pull("name")
        for environment in ("sandbox", "production"):
            review = runner.run(f"review-{environment}", "name")
            assert review.code == 0, review.log
            comment = host.comment(number, f"plan:{environment}:club -->")
            assert "The project is in `club`." in comment
            assert "3 to add" in comment
        assert host.labels[number] == []

        host.merge(number, work)
        planned = runner.run("plan-sandbox")
        applied = runner.run("apply-sandbox", before=planned.outputs["review"])
        assert applied.code == 0, applied.log
        assert "applied. 3 added" in host.comment(number, "apply:sandbox:club -->")
        proof = runner.run("prove-sandbox", before=planned.outputs["review"])
        assert proof.code == 0, proof.log
        assert "**sandbox has this commit.**" in proof.summary
        promoted = runner.run("plan-production")
        assert promoted.summary.startswith(proof.summary)
        assert "3 to add" in promoted.summary
        # Another project may have a sandbox, too.
        refs = {name for name in list_refs(runner) if name.startswith("refs/rhythmconf/")}
        assert refs == {"refs/rhythmconf/projects/demo/applied/sandbox", "refs/rhythmconf/snapshot/demo-sandbox"}

        runner.run("review-sandbox", "name")  # production would change, so the label would not be true
        assert "No changes." in host.comment(number, "plan:sandbox:club -->")
        assert host.labels[number] == []
