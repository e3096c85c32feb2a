"""Run rhythmconf without its judgements of what runs do: no rule about bodies, no dates in plans: `ARGUMENT...`"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rhythmconf.__main__ import main
from rhythmconf.flows import compose, plan, validate
from rhythmconf.insight import lint


def always(result: object) -> Callable[..., Any]:
    """Return a function that does nothing and returns this."""
    return lambda *_, **__: result


lint.JUDGEMENTS = ()
for module, name, result in ((validate, "find_foreign", {}), (plan, "judge_plan", []), (compose, "make_effects", None)):
    getattr(module, name)  # fail where it has another name now
    setattr(module, name, always(result))

main()
