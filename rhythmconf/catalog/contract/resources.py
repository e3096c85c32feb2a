"""Find the resources of a contract: their addresses, the schemas of their records, the possible names of the kinds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rhythmconf.catalog.contract.lookup import elements, members, resolve
from rhythmconf.model import Body, Json

_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_KIND = re.compile(r"[a-z][A-Za-z0-9]{0,99}")
_PATH = re.compile(r"((?:/[A-Za-z0-9][A-Za-z0-9._-]*)*)/([^/{}]+)/\{[^/{}]+\}(/.*)?")
"""What stands before the segment, the segment, and what follows the tenant."""
_WRAPPERS = re.compile(r"(Request|Response|Input|Output|Result|Body|Dto|List|Create|Update|Record|Model|Entity)$")
_LISTS = ("items", "data", "records", "results", "value", "values", "content", "entries", "list")
"""Names of the list in an envelope; another one is the segment."""
_DESCRIBED = (
    ("/{}", "get", "responses"),
    ("", "post", "requestBody"),
    ("/{}", "put", "requestBody"),
    ("", "get", "responses"),
)
"""Where a record is described: a path, a method and a part, the best first."""
_ANSWERS = ("200", "201", "2XX", "default")
_FORMS = ("allOf", "oneOf", "anyOf")


class Resource(NamedTuple):
    """The addresses of one segment: what stands before it, and the path items by what follows the tenant."""

    base: str
    paths: Body


def find_resources(contract: Body, module: str, skipped: list[str]) -> dict[str, Resource]:
    """Return the resources by segment. Their paths have the keys '', '/{}', '/batch' and others."""
    found: dict[str, Resource] = {}
    paths = members(contract.get("paths"))
    fixed = {path.rstrip("/") for path in paths if "{" not in path}
    for path, item in paths.items():
        shown = ascii(path)[1:120].rstrip(chr(39))
        match = _PATH.fullmatch(path.rstrip("/"))
        if match is None or not _SEGMENT.fullmatch(match[2]):
            skipped.append(f"{shown}: not the address of a resource, /segment/{{tenantId}}")
            continue
        base, segment = match[1].removesuffix(f"/{module}"), match[2]
        resource = found.setdefault(segment, Resource(base, {}))
        if f"{match[1]}/{segment}" in fixed:
            skipped.append(f"{shown}: there is /{segment} without a tenant too, so this may be the address of a record")
        elif base != resource.base:
            skipped.append(f"{shown}: the addresses of {segment} begin with {resource.base}/{segment} too")
        else:
            rest = re.sub(r"\{[^/{}]*\}", "{}", match[3] or "")
            described = resolve(contract, item, ("paths", path))[0]
            resource.paths[rest] = {**members(resource.paths.get(rest)), **described}
    for segment, resource in found.items():
        if resource.paths and not {"", "/{}"} & resource.paths.keys():
            skipped.append(f"/{segment}: has no address of records")
    return {segment: resource for segment, resource in found.items() if {"", "/{}"} & resource.paths.keys()}


def find_record(contract: Body, segment: str, paths: Body) -> tuple[Json, str]:
    """Return the schema of a record, and a note if an answer has the record in a member of its own.

    The schema is that of the answer to get, else of what is sent, else of an item of the list.
    """
    for rest, method, part in _DESCRIBED:
        operation = members(members(paths.get(rest)).get(method))
        for body in _bodies(contract, operation, part):
            if (rest, method) == ("", "get"):
                return _item(contract, segment, body), ""
            name, record = _unwrap(contract, body)
            return record, f"answers have the record in {name!r}: rhythmconf can't read them" if name else ""
    return None, ""


def _bodies(contract: Body, operation: Body, part: str) -> Iterator[Json]:
    value = members(resolve(contract, operation.get(part), (part,))[0])
    answers = [value] if part == "requestBody" else [value[code] for code in _ANSWERS if code in value]
    for answer in answers:
        content = members(resolve(contract, answer, (part,))[0].get("content"))
        for kind, media in content.items():
            if ("json" in kind or kind == "*/*") and members(members(media).get("schema")):
                yield members(media)["schema"]


def _unwrap(contract: Body, schema: Json) -> tuple[str, Json]:
    """Return the member in which an answer has the record, or "", and the schema of the record."""
    fields = members(resolve(contract, schema, ())[0].get("properties"))
    inner = {name: members(resolve(contract, child, ())[0].get("properties")) for name, child in fields.items()}
    names = [name for name, described in inner.items() if "id" in described]
    return (names[0], fields[names[0]]) if "id" not in fields and len(names) == 1 and len(fields) <= 4 else ("", schema)


def _item(contract: Body, segment: str, schema: Json) -> Json:
    """Return the schema of a record in a list: of an array, or of the array in an envelope, else the schema."""
    found = resolve(contract, schema, ())[0]
    for form in (found, *(resolve(contract, form, ())[0] for word in _FORMS for form in elements(found.get(word)))):
        if "items" in form:
            return form["items"]
        fields = members(form.get("properties"))
        lists = [
            resolve(contract, fields[name], ())[0] for name in fields if name.lower() in (*_LISTS, segment.lower())
        ]
        items = [described["items"] for described in lists if "items" in described]
        if len(items) == 1 and "id" not in fields:
            return items[0]
    return schema


def find_names(contract: Body, resources: Mapping[str, Resource], known: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the possible names of the kind at each segment, the best first: a known one, the component, the segment.

    A component that describes the records of several segments names none of them.
    """
    components: dict[str, str] = {}
    for segment, resource in resources.items():
        if segment not in known:
            reference = members(find_record(contract, segment, resource.paths)[0]).get("$ref", "")
            components[segment] = _lower(_WRAPPERS.sub("", str(reference).rpartition("/")[2]))
    counts = Counter(components.values())
    taken = {*known.values()}
    found: dict[str, list[str]] = {segment: [known[segment]] for segment in resources if segment in known}
    for segment, component in components.items():
        one = re.sub(r"ies$", "y", re.sub(r"(ss|us|x|ch|sh)es$", r"\1", segment))
        one = one if one != segment else segment.removesuffix("s")
        names = [component, _lower(one)] if counts[component] == 1 and component != segment else [_lower(one)]
        fallback = "kind" + re.sub(r"[^A-Za-z0-9]", "", segment)
        names = [name for name in dict.fromkeys(names) if _KIND.fullmatch(name) and name not in taken]
        found[segment] = names or [fallback]
    return found


def _lower(name: str) -> str:
    words = re.split(r"[^A-Za-z0-9]+", name)
    joined = words[0] + "".join(word[:1].upper() + word[1:] for word in words[1:])
    return joined[:1].lower() + joined[1:]
