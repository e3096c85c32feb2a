"""A tenant that answers after 80 ms: read ten kinds, and write a thousand patches of one kind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks import tenants
from benchmarks.bench import PROGRAMS, Bench, edited, restored, rhythmconf, say
from benchmarks.figures import Figure
from benchmarks.measure import PYTHON, Command, interleaved, run
from benchmarks.projects import SETTINGS

LATENCY = ("--latency-ms", "80")
PAGE = 5
MAIL = ", email: {subject: A word, body: A word more}"
RUN = ", schedule: weekly, pre_processing_lead_time: 1, template_id: item-00"
RULES = ", default_expiration_options: {expiration_type: never}"
KINDS = {
    "appStatusReason": "",
    "applicationNotice": MAIL,
    "billingTemplate": "",
    "examNotice": MAIL,
    "expirationRuleSet": RULES,
    "notice": MAIL,
    "program": "",
    "programGroup": "",
    "recurringBillingRun": RUN,
    "statusReason": "",
}
"""The ten kinds, and the fields that each requires besides a name."""


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure both in seconds on the clock."""
    yield _listing(bench)
    if bench.most >= 1_000:
        yield from _patching(bench)


def _listing(bench: Bench) -> Figure:
    say("ten kinds of four pages each, 80 ms an answer")
    folder = bench.scratch / "ten-kinds"
    if not (folder / "full.db").exists():
        _write_ten_kinds(folder)
        tenants.fill(folder, bench.scratch)
    with tenants.served(folder, bench.scratch, *LATENCY, "--page-size", str(PAGE)) as environ:
        base = environ["RHYTHMCONF_BASE_URL"].format(module="certifications")
        used = interleaved(
            {
                "in turn": bench.program("in_turn.py", base, "bench", *(f"{kind}s" for kind in KINDS)),
                "plan": rhythmconf(folder, environ, "plan", "-q"),
            },
            bench.rounds,
        )
    return Figure(
        "80 ms", "plan, ten kinds of four pages", used["plan"].wall, "s", used["in turn"].wall, "in turn", 0.35
    )


def _write_ten_kinds(folder: Path) -> None:
    (folder / "config").mkdir(parents=True)
    (folder / "rhythmconf.yaml").write_text(SETTINGS)
    for kind, rest in KINDS.items():
        keys = [f"item-{n:02}" for n in range(4 * PAGE)]
        texts = [f"kind: {kind}\nkey: {key}\nspec: {{name: {key}{rest}}}\n" for key in keys]
        (folder / "config" / f"{kind}.yaml").write_text("---\n".join(texts))


def _patching(bench: Bench) -> Iterator[Figure]:
    say("1,000 patches of one kind, 80 ms an answer")
    out, writing, cpu = bench.scratch / "writing.json", [], []
    for _ in range(bench.rounds):
        with bench.served(1_000, *LATENCY) as (folder, environ):
            words = (*PYTHON, str(PROGRAMS / "observed.py"), str(out), "apply", "--auto-approve", "-q")
            lifted = ("--allow-updates", "billingTemplate=100%")
            used = run(Command((*words, *lifted), folder, environ, before=edited(folder, 1_000)))
            restored(folder, 1_000)()
            writing.append(json.loads(out.read_text())["writing"])
            cpu.append(used.cpu)
    yield Figure("80 ms", "1,000 patches, first write to last answer", median(writing), "s", 0.8, "10 x 80 ms", 1.3)
    yield Figure("apply", "1,000 patches in 1,000 templates, whole process", median(cpu), "s CPU")
