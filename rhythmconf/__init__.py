"""Configuration as code for Rhythm: files, plan, apply."""

from __future__ import annotations

__version__ = "0.2.0"
