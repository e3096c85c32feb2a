"""`python -m benchmarks.patch`: compare size, speed and correctness of patches with other generators."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import jsonpatch

from benchmarks.patch_makers import ROOT, Made, Pair, is_right, made, missing
from rhythmconf.patch import make_patch
from tests.support.patching.applier import clone, cost, patch_cost
from tests.support.patching.arrays import KINDS, long_pair
from tests.support.patching.examples import tiny_pairs
from tests.support.patching.search import find_cheaper
from tests.support.patching.templates import template_pairs

CORPUS = Path(os.environ.get("RHYTHMCONF_PATCH_CORPUS", ROOT.parent / "shared/patch-corpus"))
HEADER = f"{'':18}{'operations':>12}{'bytes':>12}{'of exact':>10}{'of jsonpatch':>14}{'ms':>10}{'wrong':>7}"


def main() -> int:
    """Print one table for each set of documents."""
    chosen = _arguments()
    if reason := missing():
        print(reason)
    for title, pairs in _sets(chosen.corpus, chosen.seeds):
        print(f"\n{title}: {len(pairs)} cases\n{HEADER}")
        _table(pairs, list(made(pairs, chosen.exact_seconds)))
    _tiny(chosen.tiny, chosen.tiny_seconds)
    _long(chosen.rounds)
    _growth(chosen.rounds)
    _template(chosen.rounds)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.patch", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="the folder of gen_corpora.py (%(default)s)")
    parser.add_argument("--seeds", nargs="+", default=["rhythmconf/1", "rhythmconf/2"], help="seeds of the corpus")
    parser.add_argument("--tiny", type=int, default=200, help="tiny documents that are searched (%(default)s)")
    parser.add_argument("--tiny-seconds", type=float, default=10, help="limit of one search (%(default)s)")
    parser.add_argument("--exact-seconds", type=float, default=10, help="limit of the exact programme a case")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of what is timed (%(default)s)")
    return parser.parse_args()


def _sets(corpus: Path, seeds: Sequence[str]) -> Iterator[tuple[str, list[Pair]]]:
    yield "templates of the tests", list(template_pairs(110))
    if not (corpus / "gen_corpora.py").is_file():
        print(f"\nno patch corpus in {corpus}: give its folder with --corpus or RHYTHMCONF_PATCH_CORPUS")
        return
    sys.path.insert(0, str(corpus))
    generator: Any = importlib.import_module("gen_corpora")
    for seed in seeds:
        generator.SEED = seed
        yield f"billing edits, seed {seed}", [(case["src"], case["dst"]) for case in generator.corpus_a()]
        yield f"random trees, seed {seed}", [(case["src"], case["dst"]) for case in generator.corpus_b()]


def _table(pairs: Sequence[Pair], found: Sequence[Made]) -> None:
    exact = found[0].sizes
    theirs = next(each for each in found if each.name == "jsonpatch").sizes
    for each in found:
        wrong = sum(not is_right(pair, patch) for pair, patch in zip(pairs, each.patches, strict=False))
        operations = sum(len(patch) for patch in each.patches if patch is not None)
        total = sum(size for size in each.sizes if size is not None)
        print(
            f"{each.name:18}{operations or '':>12}{total:>12}{_ratio(each.sizes, exact):>10}"
            f"{_ratio(each.sizes, theirs):>14}{each.milliseconds:>10.0f}{wrong:>7}"
        )


def _ratio(sizes: Sequence[int | None], others: Sequence[int | None]) -> str:
    """Return the ratio of bytes over the cases that both finished."""
    both = [(a, b) for a, b in zip(sizes, others, strict=True) if a is not None and b is not None]
    return f"{sum(a for a, _ in both) / sum(b for _, b in both):.4f}" if both else ""


def _tiny(cases: int, seconds: float) -> None:
    print(f"\ntiny documents, up to 7 nodes, beside an exhaustive search of at most {seconds:g} s: {cases} cases")
    for operations in ("basic", "all"):
        verdicts = [_searched(*pair, operations, seconds) for pair in islice(tiny_pairs(), cases)]
        counts = {verdict: verdicts.count(verdict) for verdict in ("optimal", "beaten", "unfinished")}
        print(f"rhythmconf {operations:8}" + ", ".join(f"{count} {verdict}" for verdict, count in counts.items()))


def _searched(source: Any, target: Any, operations: Any, seconds: float) -> str:
    patch = make_patch(source, target, operations=operations)
    try:
        found = find_cheaper(source, target, patch_cost(patch), operations, seconds)
    except TimeoutError:
        return "unfinished"
    return "optimal" if found is None else "beaten"


def _milliseconds(make: Any, pair: Pair, rounds: int) -> float:
    times = []
    for _ in range(rounds):
        source, target = clone(pair[0]), clone(pair[1])
        start = perf_counter()
        make(source, target)
        times.append(perf_counter() - start)
    return 1000 * median(times)


def _basic(source: Any, target: Any) -> Any:
    return make_patch(source, target)


def _all(source: Any, target: Any) -> Any:
    return make_patch(source, target, operations="all")


def _theirs(source: Any, target: Any) -> Any:
    return jsonpatch.make_patch(source, target).patch


MAKERS = {"basic": _basic, "all": _all, "jsonpatch": _theirs}


def _long(rounds: int) -> None:
    print(f"\narrays of 1,000 items, milliseconds and bytes\n{'':18}" + "".join(f"{name:>22}" for name in MAKERS))
    for kind in KINDS:
        pair = long_pair(kind, 1000)
        cells = [f"{_milliseconds(make, pair, rounds):.1f} {cost(make(*pair))}" for make in MAKERS.values()]
        wrong = sum(not is_right(pair, make(*pair)) for make in MAKERS.values())
        print(f"{kind:18}" + "".join(f"{cell:>22}" for cell in cells) + (f"  {wrong} wrong" if wrong else ""))


def _growth(rounds: int) -> None:
    lengths = (1250, 2500, 5000, 10_000)
    print(f"\nbasic, time(2n)/time(n) up to {lengths[-1]} items")
    for kind in KINDS:
        times = [_milliseconds(_basic, long_pair(kind, length), rounds) for length in lengths]
        print(f"{kind:18}" + "".join(f"{b / a:>8.2f}" for a, b in pairwise(times)))


def _template(rounds: int) -> None:
    source = next(template_pairs(1))[0]
    target = clone(source)
    target["renewal_reminder_options"]["reminders"][1]["expiration_date_range_start"]["number"] = 21
    print("\na billing template, milliseconds")
    for title, pair in (("one changed field", (source, target)), ("equal", (source, clone(source)))):
        print(f"{title:18}" + "".join(f"{_milliseconds(make, pair, 20 * rounds):>22.3f}" for make in MAKERS.values()))


if __name__ == "__main__":
    sys.exit(main())
