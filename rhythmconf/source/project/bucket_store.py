"""Keep the lock and the run records of a tenant in a bucket of an object store.

The lock is one object: the claim of its holder, or nothing while it is free. A run record is an object for each part,
whose name is the number of the part. Each write is conditional: it replaces only the lock that was seen, and makes only
a part that isn't there. Nothing is deleted, because not every object store can delete on a condition.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import ObjectStore, from_url

from rhythmconf.source.project.shared_store import StoreFailed, store_name

if TYPE_CHECKING:
    from obstore import ObjectMeta, UpdateVersion  # types that only its stubs have

REQUEST_S = 30
"""Seconds for one request. Reads, and writes that the store did not take, are tried three times."""
CONNECT_S = 5
LISTING_S = 60.0
"""Seconds for the list of all parts: a store may answer without an end."""
MAX_OBJECTS = 200_000
MAX_CLAIM, MAX_PART, MAX_RECORD = 1 << 16, 1 << 26, 1 << 28
"""Bytes of a claim, of a part and of a run record. What has more is not read into the memory of this computer."""
_ATTEMPTS = 5
"""How often a write is tried that neither took effect nor met another one, because others write at the same time."""
_READERS = 8
_ERRORS = (BaseError, OSError, ValueError)
"""What obstore raises."""
_PART = re.compile(r"([0-9A-Za-z-]+)/([0-9]{8})")
_ANSWER = re.compile(r"status code: ([0-9]{3}(?: [A-Z][A-Za-z]+)*)")
_REASON = re.compile(r"<Code>([A-Za-z0-9]{1,64})</Code>")
_REQUEST = re.compile(r"Error performing ([A-Z]+) ([^\s?]+).* - (.*)")
_SECRET = re.compile(r"(AWS|AZURE|GOOGLE)_.*(KEY|SECRET|TOKEN|SAS)", re.IGNORECASE)
_VARIABLES = {
    "s3": "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, and elsewhere than at AWS AWS_ENDPOINT_URL (with "
    "AWS_ALLOW_HTTP=true if that has no TLS)",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
}


class _Object(NamedTuple):
    """The content of an object, and the state of it that a write may replace."""

    data: bytes
    version: UpdateVersion


class BucketStore:
    """The lock and the run records of one tenant in a bucket. `url` is for messages; `name` is the tenant's."""

    def __init__(self, bucket: ObjectStore, url: str, name: str) -> None:
        self._bucket = bucket
        self._url = url
        self._lock = f"lock/{name}"
        self._runs = f"runs/{name}"
        self._counts: dict[str, int] = {}
        self._own: dict[str, bytes] = {}

    def take(self, claim: bytes) -> bytes | None:
        """Take the lock if it is free. Return None, or the claim of its holder."""
        for _ in range(_ATTEMPTS):
            seen = self._get(self._lock)
            present = seen.data if seen and seen.data else self._put(self._lock, claim, seen)
            if present:
                return None if present == claim else present
        raise _failed(self._url, "the lock changes too often")

    def read_claim(self) -> bytes | None:
        """Return the claim of the lock's holder, None where the lock is free."""
        seen = self._get(self._lock)
        return seen.data or None if seen else None

    def release(self, claim: bytes) -> bool:
        """Release the lock if this claim has it. Return whether it had."""
        for _ in range(_ATTEMPTS):
            seen = self._get(self._lock)
            if seen is None or seen.data != claim:
                return False
            if self._put(self._lock, b"", seen) != claim:
                return True
        raise _failed(self._url, "the lock changes too often")

    def fetch(self) -> Mapping[str, str]:
        """Return the present version of each run record, which is the number of its last part.

        A record without its first part is none: the bucket may let old objects expire.
        """
        sizes: dict[str, dict[int, int]] = defaultdict(dict)
        try:
            objects = asyncio.run(_list(self._bucket, self._runs))
        except _ERRORS as error:
            raise _failed(self._url, _describe(error)) from None
        for path, size in objects:
            if match := _PART.fullmatch(path.removeprefix(f"{self._runs}/")):
                sizes[match[1]][int(match[2])] = size
        for run, parts in sizes.items():
            if sum(parts.values()) > MAX_RECORD:
                raise _failed(self._url, f"the record of run {run} has more than {MAX_RECORD} bytes")
            if max(parts) > MAX_OBJECTS:
                raise _failed(self._url, f"the record of run {run} has a part {max(parts)}, more than {MAX_OBJECTS}")
        self._counts = {run: max(parts) for run, parts in sizes.items() if 1 in parts}
        return {run: str(count) for run, count in self._counts.items()}

    def read(self, run: str) -> bytes:
        """Return the record of a run, as of the last `fetch` or `append`; empty where there is none."""
        paths = [self._part(run, number) for number in range(1, self._counts.get(run, 0) + 1)]
        with ThreadPoolExecutor(_READERS) as pool:
            return b"".join(pool.map(self._read_part, paths))

    def append(self, run: str, after: str | None, data: bytes) -> str | None:
        """Add lines to a run record that is still at the version `after`. Return the new version, else None."""
        number = int(after or 0) + 1
        path = self._part(run, number)
        if len(data) > MAX_PART:
            raise _failed(self._url, f"{path} would have {len(data)} bytes, more than {MAX_PART}")
        for _ in range(_ATTEMPTS):
            present = self._put(path, data, None)
            if present == data:
                self._own[path] = data
                self._counts[run] = number
                return str(number)
            if present is not None:
                return None
        raise _failed(self._url, f"{path} can't be written")

    def _part(self, run: str, number: int) -> str:
        return f"{self._runs}/{run}/{number:08}"

    def _read_part(self, path: str) -> bytes:
        """Return a part. What this computer wrote needs no request: a part never changes."""
        if path in self._own:
            return self._own[path]
        part = self._get(path)
        if part is None:
            raise _failed(self._url, f"{path} is missing, and later parts of this record are there")
        return part.data

    def _get(self, path: str) -> _Object | None:
        """Return an object; None where there is none. Raises StoreFailed where it is larger than ours can be."""
        limit = MAX_CLAIM if path == self._lock else MAX_PART
        try:
            answer = obstore.get(self._bucket, path)
            if answer.meta["size"] > limit:
                raise _failed(self._url, f"{path} has {answer.meta['size']} bytes, more than {limit}")
            return _Object(bytes(answer.bytes()), _version(answer.meta))
        except FileNotFoundError:
            return None
        except _ERRORS as error:
            raise _failed(self._url, _describe(error)) from None

    def _put(self, path: str, data: bytes, seen: _Object | None) -> bytes | None:
        """Write an object that is still as it was seen. Return what it contains then; None where it isn't there.

        A write whose answer was lost may have had its effect, and is refused when it is repeated. So the object is read
        again.
        """
        try:
            obstore.put(self._bucket, path, data, mode=seen.version if seen else "create", use_multipart=False)
            return data
        except _ERRORS as error:
            present = self._get(path)
            if present == seen and not isinstance(error, AlreadyExistsError | PreconditionError):
                raise _failed(self._url, _describe(error)) from None
            return present.data if present else None


def open_bucket_store(url: str, tenant: str, id: str) -> BucketStore:
    """Return the store of a tenant in a bucket. Raises StoreFailed where a variable of the cloud is missing."""
    try:
        bucket = from_url(
            url,
            client_options={
                "timeout": timedelta(seconds=REQUEST_S),
                "connect_timeout": timedelta(seconds=CONNECT_S),
                # These options replace all that the variables say of a client.
                "allow_http": os.environ.get("AWS_ALLOW_HTTP", "").lower() == "true",
            },
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=REQUEST_S)},
        )
    except _ERRORS as error:
        raise _failed(url, _describe(error)) from None
    return BucketStore(bucket, url, store_name(tenant, id))


def _version(meta: ObjectMeta) -> UpdateVersion:
    """Return what tells whether an object is still the same: S3 and Azure have a tag, Google has a version."""
    version: UpdateVersion = {}
    if e_tag := meta["e_tag"]:
        version["e_tag"] = e_tag
    if number := meta["version"]:
        version["version"] = number
    return version


async def _list(bucket: ObjectStore, folder: str) -> list[tuple[str, int]]:
    """Return the path and the size of each object below a folder."""
    objects: list[tuple[str, int]] = []
    async with asyncio.timeout(LISTING_S):
        async for chunk in obstore.list(bucket, folder, chunk_size=1000):
            objects += [(one["path"], one["size"]) for one in chunk]
            if len(objects) > MAX_OBJECTS:
                raise ValueError(f"there are more than {MAX_OBJECTS} objects below {folder}")
    return objects


def _failed(url: str, words: str) -> StoreFailed:
    return StoreFailed(
        f"the lock and the run records in {url} can't be used: {words}",
        help=f"say who you are with the variables of the cloud: {_VARIABLES[url[:2]]}. You need the right to list, "
        "read and write there",
    )


def _describe(error: Exception) -> str:
    """Return why a request failed, without what the store says at length: it may repeat the credentials."""
    text = str(error).partition("\n\nDebug source")[0]
    if answer := _ANSWER.search(text):
        reason = _REASON.search(text)
        return f"the store answers {answer[1]}" + (f" ({reason[1]})" if reason else "")
    words = text.partition("\n")[0]
    if request := _REQUEST.search(words):
        words = f"{request[1]} {request[2]}: {request[3]}"
    for name, value in os.environ.items():
        if value and _SECRET.match(name):
            words = words.replace(value, "***")
    return words[:300] or f"no answer within {LISTING_S:.0f} seconds"
