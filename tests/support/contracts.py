"""Make contracts of an API as OpenAPI files, from schemas of records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def contract(records: Mapping[str, tuple[str, dict[str, Any]]], *, version: str = "3.0.3") -> dict[str, Any]:
    """Return a contract with the usual operations for each component: its segment and schema."""
    paths: dict[str, Any] = {}
    for component, (segment, _) in records.items():
        one = {"$ref": f"#/components/schemas/{component}"}
        paths[f"/{segment}/{{tenantId}}"] = {"get": answer({"type": "array", "items": one}), "post": answer(one)}
        paths[f"/{segment}/{{tenantId}}/{{id}}"] = {"get": answer(one), "patch": answer(one), "delete": answer(one)}
        paths[f"/{segment}/{{tenantId}}/batch"] = {"post": answer({"type": "object"})}
    schemas = {component: schema for component, (_, schema) in records.items()}
    info = {"title": "Contract", "version": "1"}
    return {"openapi": version, "info": info, "paths": paths, "components": {"schemas": schemas}}


def answer(schema: dict[str, Any]) -> dict[str, Any]:
    """Return an operation that answers with a schema."""
    content = {"application/json": {"schema": schema}}
    return {"responses": {"200": {"description": "Done.", "content": content}}}
