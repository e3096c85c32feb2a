"""The floor of commands that read files: PyYAML's CSafeLoader loads all files of a folder and keeps the values."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

kept = [
    list(yaml.load_all(path.read_bytes(), Loader=yaml.CSafeLoader))
    for path in sorted(Path(sys.argv[1]).rglob("*.yaml"))
]
