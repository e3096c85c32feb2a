"""The floor of reading a tenant: all pages of all lists, one request at a time. `ADDRESS TENANT SEGMENT...`"""

from __future__ import annotations

import sys

import httpx

base, tenant, *segments = sys.argv[1:]
with httpx.Client(trust_env=False, headers={"Authorization": "Bearer a-token"}) as client:
    for segment in segments:
        query: dict[str, str] = {}
        while True:
            page = client.get(f"{base}/{segment}/{tenant}", params=query).json()
            if not page.get("LastEvaluatedKey"):
                break
            query = {"exclusiveStartKey": page["LastEvaluatedKey"]}
