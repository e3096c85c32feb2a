"""Make small catalogs for tests: write schema files into a folder and load them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rhythmconf.catalog import Catalog, load

Schema = dict[str, Any]

EVIDENCE = dict.fromkeys(("list", "get", "create", "patch", "delete"), "guess")


def make_schema(name: str, properties: Schema, **keywords: Any) -> Schema:
    """Return the schema of the kind `module/kind`; `keywords` are added next to `properties`."""
    module, _, kind = name.partition("/")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "x-resource": {
            "kind": kind,
            "module": module,
            "segment": f"{kind}s",
            "natural_key": [],
            "class": "config",
            "operations": EVIDENCE,
        },
        "type": "object",
        "properties": properties,
        **keywords,
    }


def write_schemas(folder: Path, *schemas: Schema) -> Path:
    """Write schema files where `load` expects them."""
    for one in schemas:
        resource = one["x-resource"]
        path = folder / resource["module"] / f"{resource['kind']}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(one), encoding="utf-8")
    return folder


def make_catalog(folder: Path, *schemas: Schema, module: str = "school") -> Catalog:
    """Return the catalog that has only these schemas."""
    return load([write_schemas(folder, *schemas)], module=module)


COURSE = make_schema(
    "school/course",
    {
        "id": {"type": "string", "readOnly": True},
        "name": {"type": "string", "description": "Name of the course."},
        "level": {"type": "string", "enum": ["first", "second", "on"], "x-risk": "access"},
        "seats": {"type": "number", "minimum": 1},
        "open": {"type": "boolean"},
        "next_number": {"type": "number", "x-runtime": True},
        "teacher_id": {"type": "string", "x-ref": "teacher", "description": "Who teaches it."},
        "room_id": {"type": "string", "x-external": "estate/room"},
        "tags": {"type": "array", "items": {"type": "string"}, "x-list-type": "set"},
        "after_ids": {"type": "array", "items": {"type": "string"}, "x-list-type": "set", "x-ref": ["course", "exam"]},
        "restriction": {"type": "string", "enum": ["none", "include"]},
        "allowed_ids": {
            "type": "array",
            "items": {"type": "string"},
            "x-list-type": "set",
            "x-ref": "course",
            "x-when": {"restriction": ["include"]},
            "x-when-min-items": 1,
        },
        "fee": {
            "type": "object",
            "x-risk": "money",
            "properties": {"amount": {"type": "number"}, "account": {"type": "string", "x-external": "account"}},
            "required": ["amount"],
        },
        "lessons": {
            "type": "array",
            "x-list-type": "map",
            "x-list-map-keys": [["id"], ["name"]],
            "x-list-order": "significant",
            "items": {"$ref": "#/$defs/lesson"},
        },
        "notes": {"type": "object", "additionalProperties": True},
    },
    required=["name"],
    **{
        "$defs": {
            "lesson": {
                "type": "object",
                "properties": {
                    "id": {"type": "number"},
                    "name": {"type": "string"},
                    "by": {"$ref": "#/$defs/teacher", "description": "Who gives the lesson."},
                },
                "required": ["name", "by"],
            },
            "teacher": {"type": "string", "x-ref": "teacher"},
        }
    },
)
TEACHER = make_schema(
    "school/teacher", {"name": {"type": "string"}, "email": {"type": "string", "format": "email"}}, required=["name"]
)
EXAM = make_schema("school/exam", {"name": {"type": "string"}})
SCHOOL = (COURSE, TEACHER, EXAM)
