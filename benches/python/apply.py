"""Changes an organization's private registries to match a file, as one would write it with requests."""

import base64
import json
import os

import requests
from nacl.public import PublicKey, SealedBox

base = f"{os.environ['API_URL']}/orgs/{os.environ['ORG']}/private-registries"
session = requests.Session()  # keeps the connection open
session.headers["Authorization"] = f"Bearer {os.environ['TOKEN']}"
session.headers["Accept"] = "application/vnd.github+json"


def call(method, url, **options):
    response = session.request(method, url, timeout=30, **options)
    response.raise_for_status()
    return response


def listed():
    url, query = base, {"per_page": 100}
    while url:
        page = call("GET", url, params=query)
        yield from page.json()["configurations"]
        url, query = page.links.get("next", {}).get("url"), None


with open(os.environ["REGISTRIES"], encoding="utf-8") as file:
    desired = json.load(file)
live = {(registry["registry_type"], registry["url"]): registry for registry in listed()}

key = None
changed = 0
for registry in desired:
    fields = {field: registry[field] for field in ("registry_type", "url", "visibility")}
    there = live.get((registry["registry_type"], registry["url"]))
    if there is None:
        if key is None:
            key = call("GET", f"{base}/public-key").json()
            box = SealedBox(PublicKey(base64.b64decode(key["key"])))
        sealed = base64.b64encode(box.encrypt(os.environ[registry["secret"]].encode())).decode()
        call("POST", base, json={**fields, "encrypted_value": sealed, "key_id": key["key_id"]})
        changed += 1
    elif there["visibility"] != registry["visibility"]:
        call("PATCH", f"{base}/{there['name']}", json={"visibility": registry["visibility"]})
        changed += 1
print(f"{changed} of {len(desired)} changed")
