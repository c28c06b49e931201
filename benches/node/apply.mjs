// Changes an organization's private registries to match a file, as one would write it with octokit.
import { readFile } from "node:fs/promises";

import sodium from "libsodium-wrappers";
import { Octokit } from "octokit";

const { API_URL, ORG, REGISTRIES, TOKEN } = process.env;
// By default, octokit waits a second between two writes; here no program does.
const octokit = new Octokit({ auth: TOKEN, baseUrl: API_URL, throttle: { enabled: false } });

const desired = JSON.parse(await readFile(REGISTRIES, "utf8"));
const live = await octokit.paginate("GET /orgs/{org}/private-registries", { org: ORG, per_page: 100 });
const byKey = new Map(live.map((registry) => [`${registry.registry_type} ${registry.url}`, registry]));

let key;
async function sealed(secret) {
  if (!key) {
    await sodium.ready;
    key = (await octokit.request("GET /orgs/{org}/private-registries/public-key", { org: ORG })).data;
  }
  const box = sodium.crypto_box_seal(
    sodium.from_string(secret),
    sodium.from_base64(key.key, sodium.base64_variants.ORIGINAL),
  );
  return { encrypted_value: sodium.to_base64(box, sodium.base64_variants.ORIGINAL), key_id: key.key_id };
}

let changed = 0;
for (const { registry_type, url, visibility, secret } of desired) {
  const there = byKey.get(`${registry_type} ${url}`);
  if (!there) {
    // In `data`, because octokit would use a parameter named `url` as the address of the request.
    const data = { registry_type, url, visibility, ...(await sealed(process.env[secret])) };
    await octokit.request("POST /orgs/{org}/private-registries", { org: ORG, data });
    changed += 1;
  } else if (there.visibility !== visibility) {
    await octokit.request("PATCH /orgs/{org}/private-registries/{name}", { org: ORG, name: there.name, visibility });
    changed += 1;
  }
}
console.log(`${changed} of ${desired.length} changed`);
