"""Read the project file, environment variables and bindings files into Settings and Environments."""

from __future__ import annotations

from rhythmconf.settings.bindings import read_bindings, write_bindings
from rhythmconf.settings.calendar import CalendarSettings
from rhythmconf.settings.dialect import Dialect
from rhythmconf.settings.network import Network, Proxy
from rhythmconf.settings.project import FILE, Settings, find_project_file, load_settings
from rhythmconf.settings.schema_check import load_schema
from rhythmconf.settings.secret import Secret
from rhythmconf.settings.urls import is_loopback, url_problem
from rhythmconf.settings.values import Auth, Environment

__all__ = [
    "FILE",
    "Auth",
    "CalendarSettings",
    "Dialect",
    "Environment",
    "Network",
    "Proxy",
    "Secret",
    "Settings",
    "find_project_file",
    "is_loopback",
    "load_schema",
    "load_settings",
    "read_bindings",
    "url_problem",
    "write_bindings",
]
