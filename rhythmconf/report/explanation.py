"""Write the documentation of a diagnostic code as paragraphs, which are plain text and Markdown alike."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.model.code import Code, Rule


def explain(code: Code) -> str:
    """Return the explanation of a code as paragraphs, each ended by a newline."""
    return "\n".join(f"{paragraph}\n" for paragraph in _paragraphs(code))


def _paragraphs(code: Code) -> Iterator[str]:
    yield code.what
    if code.why:
        yield f"Why: {code.why}"
    if code.example:
        indented = "\n".join(f"    {line}".rstrip() for line in code.example.splitlines())
        yield f"Example:\n\n{indented}"
    if code.fix:
        yield f"Fix: {code.fix}"
    if isinstance(code, Rule):
        yield (
            f"Rule ({code.severity}): `lint: {{{code}: off}}` in rhythmconf.yaml sets another severity, and "
            f"`# rhythmconf: allow {code} because REASON` allows a finding on its line."
        )
