"""Takes the project file, variables and flags; gives Settings: the project, its environments, where things are kept."""

from __future__ import annotations

from rhythmconf.settings.urls import domain_problem, is_loopback, url_problem
from rhythmconf.settings.values import Auth, Dialect, Environment, Secret

__all__ = ["Auth", "Dialect", "Environment", "Secret", "domain_problem", "is_loopback", "url_problem"]
