#!/usr/bin/env python3
"""The part of a release that uses GitHub's API. If a step fails, run it again: it continues where it stopped.

    scripts/release-github.py ci-passed COMMIT
        Fails unless CI has passed on this commit of main.

    scripts/release-github.py publish VERSION FOLDER
        Publishes the commit that is checked out, with the changes by scripts/release-action-yml.sh, and the files of
        FOLDER. It creates, in this order, so that nobody sees an incomplete release:
        1. a commit on the branch releases/vX, with the reviewed commit as its first parent. GitHub signs commits that
           the workflow's token creates through the API:
           https://docs.github.com/en/authentication/managing-commit-signature-verification/about-commit-signature-verification#signature-verification-for-bots
        2. a draft of the release page, with every file
        3. the tag vX.Y.Z, which is never moved
        4. the published page; with immutable releases, its files and its tag are final from here on
        5. the tag vX, on the highest version with that number

It reads GITHUB_API_URL, GITHUB_REPOSITORY and GH_TOKEN.
"""

import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

SCRIPTS = pathlib.Path(__file__).resolve().parent


class Refused(Exception):
    """An error that ends the release, with a message for the maintainer."""


class GitHub:
    """The API of one repository."""

    def __init__(self, environment):
        self.api = environment.get("GITHUB_API_URL", "https://api.github.com")
        self.repository = environment["GITHUB_REPOSITORY"]
        self.token = environment["GH_TOKEN"]

    def get(self, path):
        """Returns the answer, or None for a 404."""
        return self.send("GET", self.address(path), absent=True)

    def write(self, method, path, body=None):
        return self.send(method, self.address(path), json.dumps(body).encode() if body is not None else None)

    def pages(self, path):
        """Returns every item of a list, over all pages."""
        items, number = [], 1
        while True:
            page = self.send("GET", self.address(f"{path}?per_page=100&page={number}"))
            items += page
            if len(page) < 100:
                return items
            number += 1

    def address(self, path):
        return f"{self.api}/repos/{self.repository}/{path}"

    def send(self, method, address, body=None, kind="application/json", absent=False):
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self.token}",
            "Content-Type": kind,
            "X-GitHub-Api-Version": "2022-11-28",
        }
        request = urllib.request.Request(address, data=body, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=300) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            if absent and error.code == 404:
                return None
            said = error.read().decode(errors="replace")[:1000]
            raise Refused(f"GitHub answered {error.code} to {method} {address}: {said}") from error
        except OSError as error:
            raise Refused(f"GitHub did not answer {method} {address}: {error}") from error
        return json.loads(text) if text else None


def git(*arguments):
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout.rstrip("\n")


def ci_passed(github, commit):
    query = urllib.parse.urlencode({"branch": "main", "head_sha": commit, "status": "success"})
    if not github.get(f"actions/workflows/ci.yml/runs?{query}")["total_count"]:
        raise Refused(
            f"CI has not passed on {commit}: wait for it, then run this job again. CI runs on the newest commit of each "
            "push to main, so a commit that was pushed together with later ones has no run of its own and can't be released"
        )


# --- The commit --------------------------------------------------------------------------------------------------


def release_commit(github, version):
    """Returns this release's commit, which an earlier run may have created on its branch."""
    tag, branch = f"v{version}", f"heads/releases/v{version.split('.')[0]}"
    source = git("rev-parse", "HEAD")
    tree = github.write("POST", "git/trees", {"base_tree": git("rev-parse", "HEAD^{tree}"), "tree": changed_files()})["sha"]
    there = ref(github, f"tags/{tag}")
    if there:
        if not is_release(github, there, tree, source):
            raise Refused(f"{tag} already exists with other content, and is never moved: this needs a new version")
        return there
    tip = ref(github, branch)
    if tip and is_release(github, tip, tree, source):
        return tip
    parents = [source] + ([tip] if tip else [])
    message = f"Release {tag}\n\nThe actions start and download what was built from {source}."
    commit = github.write("POST", "git/commits", {"message": message, "tree": tree, "parents": parents})
    if not commit.get("verification", {}).get("verified"):
        print(f"::warning title=Unsigned::GitHub did not sign {commit['sha']}, the commit of {tag}")
    set_ref(github, branch, commit["sha"], tip)
    return commit["sha"]


def changed_files():
    """Returns what the release changes: the two actions, which name what was built."""
    paths = git("diff", "--name-only", "HEAD").splitlines()
    if paths != ["action.yml", "setup/action.yml"]:
        raise Refused(f"the release must change action.yml and setup/action.yml, not {', '.join(paths) or 'nothing'}")
    return [{"path": p, "mode": "100644", "type": "blob", "content": pathlib.Path(p).read_text("utf-8")} for p in paths]


def is_release(github, commit, tree, source):
    there = github.get(f"git/commits/{commit}")
    return bool(there) and there["tree"]["sha"] == tree and there["parents"][0]["sha"] == source


def ref(github, name):
    """Returns the commit that a branch or a tag points to, or None."""
    there = github.get(f"git/ref/{name}")
    if there and there["object"]["type"] == "tag":
        return github.get(f"git/tags/{there['object']['sha']}")["object"]["sha"]
    return there and there["object"]["sha"]


def set_ref(github, name, commit, before, force=False):
    if before is None:
        github.write("POST", "git/refs", {"ref": f"refs/{name}", "sha": commit})
    elif before != commit:
        github.write("PATCH", f"git/refs/{name}", {"sha": commit, "force": force})


# --- The page ----------------------------------------------------------------------------------------------------


def page(github, version, commit):
    """Returns the release page, as a draft unless an earlier run has already published it."""
    tag = f"v{version}"
    notes = subprocess.run([SCRIPTS / "release-notes.sh", version], check=True, capture_output=True, text=True).stdout
    body = {"tag_name": tag, "target_commitish": commit, "name": tag, "body": notes, "prerelease": "-" in version}
    pages = [one for one in github.pages("releases") if one["tag_name"] == tag]
    for one in pages:
        if not one["draft"]:
            return one
    if pages:
        return github.write("PATCH", f"releases/{pages[0]['id']}", body)
    return github.write("POST", "releases", {**body, "draft": True})


def attach(github, release, folder):
    """Attaches exactly the files of the folder. Those that are already attached stay."""
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    there = {}
    for asset in github.pages(f"releases/{release['id']}/assets"):
        expected = files.get(asset["name"])
        if expected is not None and asset["state"] == "uploaded" and asset.get("digest") == digest(expected):
            there[asset["name"]] = True
        elif release["draft"]:
            github.write("DELETE", f"releases/assets/{asset['id']}")
        else:
            raise Refused(f"{release['tag_name']} is published with a different {asset['name']}: this needs a new version")
    upload = release["upload_url"].partition("{")[0]
    for name, content in files.items():
        if name not in there:
            if not release["draft"]:
                raise Refused(f"{release['tag_name']} is published without {name}: this needs a new version")
            address = f"{upload}?{urllib.parse.urlencode({'name': name})}"
            github.send("POST", address, content, kind="application/octet-stream")


def digest(content):
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


# --- The versions ------------------------------------------------------------------------------------------------


def released(github, prefix):
    """Returns the versions whose tags have this prefix, without pre-releases."""
    refs = github.get(f"git/matching-refs/tags/{prefix}") or []
    versions = [re.fullmatch(r"refs/tags/v(\d+)\.(\d+)\.(\d+)", one["ref"]) for one in refs]
    return [tuple(map(int, version.groups())) for version in versions if version]


def is_highest(github, version, prefix):
    """Returns whether this is the newest version. Nobody should get a pre-release, or a fix of an older line, unasked."""
    return "-" not in version and tuple(map(int, version.split("."))) >= max(released(github, prefix))


def publish(github, version, folder):
    tag, major = f"v{version}", f"v{version.split('.')[0]}"
    commit = release_commit(github, version)
    print(f"commit: {commit}")
    release = page(github, version, commit)
    attach(github, release, folder)
    print(f"page: {release['html_url']}")
    if ref(github, f"tags/{tag}") is None:
        set_ref(github, f"tags/{tag}", commit, None)
    print(f"tag: {tag}")
    if release["draft"]:
        latest = "true" if is_highest(github, version, "v") else "false"
        github.write("PATCH", f"releases/{release['id']}", {"draft": False, "make_latest": latest})
    if is_highest(github, version, f"{major}."):
        set_ref(github, f"tags/{major}", commit, ref(github, f"tags/{major}"), force=True)
        print(f"tag: {major}")


def main():
    github = GitHub(os.environ)
    match sys.argv[1:]:
        case ["ci-passed", commit]:
            ci_passed(github, commit)
        case ["publish", version, folder]:
            publish(github, version, pathlib.Path(folder))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main()
    except Refused as refused:
        sys.exit(f"error: {refused}")
