"""Make contracts of whole modules as the vendor publishes them: every documented address, one schema for both ways."""

from __future__ import annotations

import json
from itertools import cycle
from typing import Any

from rhythmconf import catalog

_OTHERS = {
    "certifications": (
        "activities activityRegProcesses appReferenceTypes applicationReferences applications billingRunActions "
        "billingRuns certifications coupons courseInstructors courseOfferings courseRegProcesses courseRegistrations "
        "courses credits directories examFees examOfferings examRegProcesses examRegistrations examSites exams "
        "instructors profiles queryDefinitions statistics testingFacilities trainingLocations trainingProvPrograms "
        "trainingProviders"
    ),
    "membership": (
        "addOnProducts addOnTypes addOns appReferenceTypes applicationGroups applicationStatusReasons applications "
        "ballots billingRunActions billingRuns changeFees chapterDuesProducts chapterTypes chapters coupons "
        "directories elections groupApplicationProcesses memberships sections statistics"
    ),
}
"""The documented addresses of the kinds that don't ship. Their records have the shape of a kind that ships."""

_ALWAYS = ("id", "sys_created_at", "sys_created_by_id", "sys_last_modified_at", "sys_last_modified_by_id")
"""What the reference calls required in a request as well, although a create with an id fails."""

_SEARCHED = ("applications", "certifications", "memberships")
_STATUSES = ("400", "401", "403", "404", "409", "429", "500")
_DIRECTIVE: dict[str, Any] = {
    "type": "object",
    "required": ["op", "path"],
    "properties": {
        "op": {"type": "string", "enum": ["add", "copy", "move", "remove", "replace", "test"]},
        "path": {"type": "string"},
        "value": {"type": "string"},
    },
}
_BATCH: dict[str, Any] = {
    "type": "object",
    "properties": {
        "operations": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": {"type": "string"},
                    "object": {"type": "object"},
                    "operation": {"type": "string", "enum": ["create", "delete", "patch", "read", "update"]},
                    "patch_directives": {"type": "array", "items": {"$ref": "#/components/schemas/PatchDirective"}},
                },
            },
        }
    },
}
_BATCH_ANSWER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "error_count": {"type": "number"},
        "results": {"type": "array", "items": {"type": "object"}},
        "success_count": {"type": "number"},
    },
}


def vendor_contract(module: str, *, version: str = "3.1.0") -> dict[str, Any]:
    """Return the contract of a module: 51 addresses of certifications, 28 of membership.

    As in the reference, `required` knows no conditions, so that few records can fulfil it.
    """
    kinds = catalog.load([catalog.default_folder()], module=module).kinds.values()
    shipped = {kind.segment: kind for kind in kinds if kind.module == module}
    shapes = cycle([kind for kind in shipped.values() if not kind.is_singleton])
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"PatchDirective": _DIRECTIVE}
    for segment, kind in shipped.items():
        name = kind.short[:1].upper() + kind.short[1:]
        schemas |= _components(name, kind.source)
        paths |= _singleton(segment, name) if kind.is_singleton else _collection(segment, name)
    for segment, kind in zip(_OTHERS.get(module, "").split(), shapes, strict=False):
        name = segment[:1].upper() + segment[1:] + "Record"
        schemas |= _components(name, kind.source)
        paths |= _collection(segment, name)
    value = {
        "openapi": version,
        "info": {"title": module.capitalize(), "version": "v1-2025-04-18"},
        "servers": [{"url": f"https://{module}.api.rhythmsoftware.com/"}],
        "security": [{"knox-authorizer": []}],
        "tags": [{"name": segment} for segment in shipped],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"knox-authorizer": {"type": "http", "scheme": "bearer"}},
            "parameters": {
                "tenantId": {"name": "tenantId", "in": "path", "required": True, "schema": {"type": "string"}},
                "id": {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                **{
                    name: {"name": name, "in": "query", "schema": {"type": "string"}}
                    for name in ("fields", "exclusiveStartKey", "consistentRead")
                },
            },
            "responses": {status: {"description": "An error."} for status in _STATUSES},
        },
    }
    return value if version.startswith("3.1") else _in_3_0(value)


def _components(name: str, source: Any) -> dict[str, Any]:
    """Return the schema of a kind and of its definitions, as components, without what people decided."""
    text = json.dumps(_plain(source, "")).replace("#/$defs/", f"#/components/schemas/{name}_")
    schema = json.loads(text)
    inner = schema.pop("$defs", {})
    always = (field for field in _ALWAYS if field in schema["properties"])
    schema["required"] = [*dict.fromkeys((*schema.get("required", ()), *always))]
    return {name: schema, **{f"{name}_{each}": described for each, described in inner.items()}}


def _plain(value: Any, word: str) -> Any:
    """Return a schema as a vendor writes it: no annotation, nothing closed, and what has a condition is required."""
    if isinstance(value, list):
        return [_plain(child, "") for child in value]
    if not isinstance(value, dict):
        return value
    if word in ("properties", "$defs"):
        return {name: _plain(child, "") for name, child in value.items()}
    skipped = ("$comment", "$id", "$schema", "additionalProperties", "examples", "readOnly", "title")
    found = {
        name: child if name == "required" else _plain(child, name)
        for name, child in value.items()
        if name not in skipped and not name.startswith("x-")
    }
    if "x-when-min-items" in value:
        found["minItems"] = value["x-when-min-items"]
    conditional = [name for name, child in value.get("properties", {}).items() if "x-when" in child]
    if conditional:
        found["required"] = [*dict.fromkeys((*found.get("required", ()), *conditional))]
    return found


def _collection(segment: str, name: str) -> dict[str, Any]:
    one = {"$ref": f"#/components/schemas/{name}"}
    patch = {"type": "array", "items": {"$ref": "#/components/schemas/PatchDirective"}}
    listed = {"type": "array", "items": one}
    paths: dict[str, Any] = {
        f"/{segment}/{{tenantId}}": {
            "get": _operation(segment, listed, query=("fields", "exclusiveStartKey")),
            "post": _operation(segment, one, one),
        },
        f"/{segment}/{{tenantId}}/{{id}}": {
            "parameters": [{"$ref": "#/components/parameters/id"}],
            "get": _operation(segment, one, query=("fields", "consistentRead")),
            "put": _operation(segment, one, one),
            "patch": _operation(segment, one, patch),
            "delete": _operation(segment, {"type": "string"}),
        },
        f"/{segment}/{{tenantId}}/batch": {"post": _operation(segment, _BATCH_ANSWER, _BATCH)},
    }
    if segment in _SEARCHED:
        page = {"type": "object", "properties": {"Items": listed, "LastEvaluatedKey": {"type": "string"}}}
        paths[f"/{segment}/{{tenantId}}/search"] = {"post": _operation(segment, page, {"type": "object"})}
    return paths


def _singleton(segment: str, name: str) -> dict[str, Any]:
    one = {"$ref": f"#/components/schemas/{name}"}
    operations = {
        "get": _operation(segment, one, query=("fields", "consistentRead")),
        "post": _operation(segment, one, one),
        "delete": _operation(segment, {"type": "string"}),
    }
    return {f"/{segment}/{{tenantId}}": operations}


def _operation(tag: str, answer: Any, body: Any = None, *, query: tuple[str, ...] = ()) -> dict[str, Any]:
    references = [{"$ref": f"#/components/parameters/{parameter}"} for parameter in ("tenantId", *query)]
    errors = {status: {"$ref": f"#/components/responses/{status}"} for status in _STATUSES}
    done = {"description": "Done.", "content": {"application/json": {"schema": answer}}}
    operation = {"tags": [tag], "parameters": references, "responses": {"200": done, **errors}}
    sent = {"requestBody": {"required": True, "content": {"application/json": {"schema": body}}}}
    return operation if body is None else operation | sent


def _in_3_0(value: Any) -> Any:
    """Return a contract in the words of version 3.0, which has no list of types and nothing beside a `$ref`."""
    if isinstance(value, list):
        return [_in_3_0(child) for child in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value and len(value) > 1:
        beside = {name: child for name, child in value.items() if name != "$ref"}
        return {**_in_3_0(beside), "allOf": [{"$ref": value["$ref"]}]}
    found = {name: _in_3_0(child) for name, child in value.items()}
    kinds = found.get("type")
    if isinstance(kinds, list):
        others = [kind for kind in kinds if kind != "null"]
        del found["type"]
        found |= {"type": others[0]} if len(others) == 1 else {"anyOf": [{"type": kind} for kind in others]}
        found |= {"nullable": True} if "null" in kinds else {}
    return found
