"""Takes the project file, variables and flags; gives Settings: the project, its environments, where things are kept."""

from __future__ import annotations

from rhythmconf.settings.bindings import read_bindings, write_bindings
from rhythmconf.settings.project import FILE, Settings, find_project_file, load_settings
from rhythmconf.settings.urls import is_loopback, url_problem
from rhythmconf.settings.values import Auth, Dialect, Environment, Secret

__all__ = [
    "FILE",
    "Auth",
    "Dialect",
    "Environment",
    "Secret",
    "Settings",
    "find_project_file",
    "is_loopback",
    "load_settings",
    "read_bindings",
    "url_problem",
    "write_bindings",
]
