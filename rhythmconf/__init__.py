"""Configuration as code for Rhythm: files, plan, apply.

The names below are the Python interface (docs/python.md). Each is imported when it is first used, so that
`import rhythmconf` and the command line stay quick; `__init__.pyi` has their types.
"""

from __future__ import annotations

__version__ = "0.2.0"

_HOMES = {
    "errors": ("AuthError", "Incomplete", "Interrupted", "Refused", "RhythmconfError", "SettingsError", "TenantError"),
    "flows.adopt": ("AdoptionScope", "adopt"),
    "flows.apply": ("apply",),
    "flows.calendar": ("calendar",),
    "flows.compare": ("compare",),
    "flows.drift": ("drift",),
    "flows.plan": ("plan",),
    "flows.events": ("run",),
    "flows.python_api": ("load_plan", "open_project", "save_plan"),
    "flows.pull": ("pull",),
    "flows.resume": ("resume",),
    "flows.rollback": ("rollback",),
    "flows.validate": ("Invalid", "validate"),
    "flows.values": ("Choices", "Planned", "RunLimits"),
    "insight.windows.outlook": ("Outlook",),
    "model": ("Change", "Diagnostic", "FieldChange", "Key", "Location", "Notice", "Plan", "Progress", "Result", "Run"),
    "settings": ("Environment", "Settings"),
    "source.project.values": ("Project",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}
__all__ = ["__version__", *sorted(_HOME)]  # noqa: PLE0604


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'rhythmconf' has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f"rhythmconf.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
