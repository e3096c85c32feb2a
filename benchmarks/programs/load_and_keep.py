"""The floor of everything with files: PyYAML's CSafeLoader loads all files of a folder, and keeps what it read."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

kept = [
    list(yaml.load_all(path.read_bytes(), Loader=yaml.CSafeLoader))
    for path in sorted(Path(sys.argv[1]).rglob("*.yaml"))
]
