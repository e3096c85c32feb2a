"""Read the notes on kinds, which are YAML."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from rhythmconf import catalog
from rhythmconf.catalog import Notes
from rhythmconf.errors import CatalogError, codes
from rhythmconf.model import Location
from rhythmconf.source.project import files
from rhythmconf.text import yaml12


def load(folders: Iterable[Path]) -> catalog.Catalog:
    """Return the shipped kinds and those of some folders that belong to no project, with the notes on both."""
    return catalog.load(
        [catalog.default_folder(), *folders],
        module="certifications",
        read_notes=lambda path, kind: parse(files.read_anywhere(path), str(path), kind),
    )


def parse(text: bytes, file: str, kind: str) -> Notes:
    """Return the notes of a file on a qualified kind. A file of comments only has none.

    Raises YamlError for a text that can't be read, CatalogError for one that is not one mapping.
    """
    values = yaml12.load_all(text, file=file)
    patch = values[0] if values and values[0] is not None else {}
    if len(values) > 1 or not isinstance(patch, dict):
        raise CatalogError(
            "notes are one mapping of keywords of the schema",
            where=yaml12.locate_all(text, file=file)[-1].of_value(""),
            help="for example properties: {fee: {x-risk: money}}",
            code=codes.NOTES,
        )
    return Notes(kind, file, text, patch, partial(_locate, text, file))


def _locate(text: bytes, file: str, place: str) -> Location:
    found = yaml12.locate_all(text, file=file)
    while found and place and place not in found[0].names and place not in found[0].values:
        place = place.rpartition("/")[0]
    return found[0].of_name(place) if found else Location(file)
