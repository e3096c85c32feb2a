"""Make the contract that the emulator keeps: the vendor's, with each difference that docs/emulator.md explains.

What schemathesis or Prism then finds is not explained yet.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from rhythmconf import catalog
from tests.support.vendor import vendor_contract

POINTER = {"type": "string", "pattern": "^(/([^/~]|~[01])*)+$"}
ID = "$response.body#/id"


def amended_contract(modules: Sequence[str], tenant: str) -> dict[str, Any]:
    """Return one contract of several modules, whose addresses begin with the module."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    contract: dict[str, Any] = {}
    for module in modules:
        text = json.dumps(vendor_contract(module)).replace("#/components/schemas/", f"#/components/schemas/{module}_")
        contract = json.loads(text)
        dependent = find_dependent(module)
        for name, schema in contract["components"]["schemas"].items():
            schemas[f"{module}_{name}"] = amend_record(schema, dependent)
        schemas[f"{module}_PatchDirective"] = amend_directive()
        for path, item in contract["paths"].items():
            paths[f"/{module}{path}"] = amend_item(item, path, f"{module}_PatchDirective")
    contract["components"]["schemas"] = schemas
    contract["components"]["parameters"]["tenantId"]["schema"]["enum"] = [tenant]
    contract["components"]["parameters"]["id"]["schema"]["minLength"] = 1
    link_operations(paths)
    return {**contract, "paths": paths, "servers": [{"url": "/"}]}


def find_dependent(module: str) -> frozenset[str]:
    """Return the names of the fields that are required only while a switch is on: a contract has no words for that."""
    kinds = catalog.load([catalog.default_folder()], module=module).kinds.values()
    return frozenset(name for kind in kinds for name, field in fields(kind.schema) if "x-when" in field)


def fields(schema: Any) -> Iterator[tuple[str, Any]]:
    """Yield each field below a schema, with its name."""
    for name, field in schema.get("properties", {}).items():
        yield name, field
        yield from fields(field)
        yield from fields(field.get("items", {}))


def amend_record(schema: dict[str, Any], dependent: frozenset[str], *, top: bool = True) -> dict[str, Any]:
    """Return a schema in which null is no value, the tenant sets `id` and `sys_*`, and nothing has a condition."""
    required = [name for name in schema.get("required", ()) if top and name not in dependent]
    found: dict[str, Any] = {}
    for name, field in schema.get("properties", {}).items():
        if name == "id" or (name.startswith("sys_") and name != "sys_external_id"):
            found[name] = {**field, "readOnly": True}
            required = [other for other in required if other != name]
        else:
            inner = amend_record(field, dependent, top=False)
            found[name] = inner if name in required else or_null(inner)
    items = {"items": amend_record(schema["items"], dependent, top=False)} if "items" in schema else {}
    kept = {word: value for word, value in schema.items() if word not in ("required", "minItems")}
    return {**kept, **items, **({"properties": found} if found else {}), **({"required": required} if required else {})}


def or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that allows null as well."""
    return {"anyOf": [schema, {"type": "null"}]} if {"type", "$ref", "enum"} & schema.keys() else schema


def amend_directive() -> dict[str, Any]:
    """Return a directive with pointers to fields, any value, and what RFC 6902 demands of each operation."""
    forms: tuple[tuple[str, list[str]], ...] = (
        ("add replace test", ["value"]),
        ("copy move", ["from"]),
        ("remove", []),
    )
    return {
        "type": "object",
        "properties": {"path": POINTER, "from": POINTER},
        "oneOf": [
            {"properties": {"op": {"enum": operations.split()}}, "required": ["op", "path", *more]}
            for operations, more in forms
        ],
    }


def narrow_directives(contract: dict[str, Any]) -> None:
    """Let each directive add a field: a generated one of another operation rarely fits the record."""
    for name in contract["components"]["schemas"]:
        if name.endswith("_PatchDirective"):
            add = {"op": {"const": "add"}, "path": {"type": "string", "pattern": "^/[^/~]+$"}, "value": {}}
            contract["components"]["schemas"][name] = {
                "type": "object",
                "required": ["op", "path", "value"],
                "properties": add,
            }


def amend_item(item: dict[str, Any], path: str, directive: str) -> dict[str, Any]:
    """Return the operations of a path: no answer has some fields only, and a batch has 1 to 100 operations."""
    found = dict(item)
    if "{id}" not in path and "delete" in item:  # a singleton
        patch = {"type": "array", "items": {"$ref": f"#/components/schemas/{directive}"}}
        found["put"] = json.loads(json.dumps(item["post"]))
        found["patch"] = {**found["put"], "requestBody": body(patch)}
    for operation in operations(found).values():
        unasked = ("/fields", "/exclusiveStartKey")
        operation["parameters"] = [each for each in operation["parameters"] if not each["$ref"].endswith(unasked)]
    if path.endswith("/batch"):
        listed = {"type": "array", "minItems": 1, "maxItems": 100, "items": {}}
        found["post"]["requestBody"] = body({"required": ["operations"], "properties": {"operations": listed}})
    if path.endswith("/search"):
        found["post"]["requestBody"] = body({"type": "object", "maxProperties": 0})
    return found


def body(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the body of a request."""
    return {"required": True, "content": {"application/json": {"schema": {"type": "object", **schema}}}}


def operations(item: dict[str, Any]) -> dict[str, Any]:
    """Return the operations of a path by method."""
    return {method: operation for method, operation in item.items() if method != "parameters"}


def link_operations(paths: dict[str, Any]) -> None:
    """Let the operations on a record take the id of one that was created."""
    for path, item in paths.items():
        for method, operation in operations(item).items():
            operation["operationId"] = f"{method} {path}"
    for path, item in paths.items():
        if f"{path}/{{id}}" in paths:
            item["post"]["responses"]["200"]["links"] = {
                method: {"operationId": f"{method} {path}/{{id}}", "parameters": {"id": ID}}
                for method in operations(paths[f"{path}/{{id}}"])
            }
