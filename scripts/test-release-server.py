#!/usr/bin/env python3
"""A fake of the part of GitHub's API that a release uses, over a bare repository, for scripts/test-release.sh.

    scripts/test-release-server.py FOLDER

FOLDER/origin is the repository. The other files in FOLDER: `port` is written once the server listens; `passed` lists the
commits on which CI has passed; `releases` is updated after each change, with a line for each release; `downloads` is
served; and if `fail` holds `3 before` or `3 after`, the third write from now is answered with 502, before or after it has
been carried out.
"""

import hashlib
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.parse

HERE = pathlib.Path(sys.argv[1])
REPOSITORY = "/repos/acme/private-registries/"


class Answer(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def git(*arguments, text=None, **environment):
    command = ["git", "--git-dir", HERE / "origin", *arguments]
    done = subprocess.run(command, input=text, capture_output=True, text=True, env={**os.environ, **environment})
    if done.returncode:
        raise Answer(422, done.stderr)
    return done.stdout.strip()


def commit_of(name):
    return git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")


# --- git ---------------------------------------------------------------------------------------------------------


def get_ref(name):
    try:
        sha = git("rev-parse", "--verify", "--quiet", f"refs/{name}")
    except Answer as error:
        raise Answer(404, "Not Found") from error
    return {"ref": f"refs/{name}", "object": {"sha": sha, "type": git("cat-file", "-t", sha)}}


def get_commit(sha):
    parents = git("rev-parse", f"{sha}^@").split()
    return {"sha": sha, "tree": {"sha": git("rev-parse", f"{sha}^{{tree}}")}, "parents": [{"sha": one} for one in parents]}


def post_tree(body):
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": f"{folder}/index"}
        git("read-tree", body["base_tree"], **index)
        for entry in body["tree"]:
            blob = git("hash-object", "-w", "--stdin", text=entry["content"])
            git("update-index", "--add", "--cacheinfo", f"{entry['mode']},{blob},{entry['path']}", **index)
        return {"sha": git("write-tree", **index)}


def post_commit(body):
    parents = [word for parent in body["parents"] for word in ("-p", parent)]
    return {
        "sha": git("commit-tree", body["tree"], *parents, "-m", body["message"]),
        "verification": {"verified": "author" not in body and "committer" not in body},
    }


def put_ref(name, sha, old=None, force=True):
    """Applies GitHub's rule for a token that may not change workflows: some branch must have the same workflow files."""
    branches = git("for-each-ref", "--format=%(objectname)", "refs/heads").split()
    known = set("\n".join(git("ls-tree", "-r", one, ".github/workflows/") for one in branches).splitlines())
    for line in git("ls-tree", "-r", sha, ".github/workflows/").splitlines():
        if line not in known:
            raise Answer(403, "refusing to allow a GitHub App to create or update workflow")
    if old and not force and git("merge-base", old, sha) != old:
        raise Answer(422, "Update is not a fast forward")
    git("update-ref", name, sha)
    return {"ref": name}


# --- Releases ----------------------------------------------------------------------------------------------------

releases, numbers = [], iter(range(1, 1000))


def release(number):
    return next(one for one in releases if one["id"] == int(number))


def post_release(body):
    number = next(numbers)
    releases.append({"id": number, "assets": [], "html_url": f"page/{number}", "latest": "", **body})
    return releases[-1]


def patch_release(number, body):
    there = release(number)
    if body.get("draft") is False:
        commit_of(f"refs/tags/{there['tag_name']}")
        there["latest"] = body["make_latest"]
    there.update({key: value for key, value in body.items() if key != "make_latest"})
    return there


def post_asset(number, name, content, whole):
    there = release(number)
    if not there["draft"]:
        raise Answer(422, "Cannot upload assets to an immutable release.")
    if any(one["name"] == name for one in there["assets"]):
        raise Answer(422, "already_exists")
    state = "uploaded" if whole else "starter"
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    there["assets"].append({"id": next(numbers), "name": name, "state": state, "digest": digest})
    return {}


def delete_asset(number):
    for there in releases:
        if there["draft"]:
            there["assets"] = [one for one in there["assets"] if one["id"] != int(number)]


# --- HTTP --------------------------------------------------------------------------------------------------------


def route(method, path, query, body, whole):
    """Handles a request. `path` is relative to the repository; `whole` is whether the answer will arrive."""
    fields = json.loads(body) if body and not path.startswith("uploads/") else {}
    match [method, *path.split("/")]:
        case ["GET", "git", "ref", *name]:
            return get_ref("/".join(name))
        case ["GET", "git", "matching-refs", *prefix]:
            found = git("for-each-ref", "--format=%(refname)", "refs/tags").split()
            return [{"ref": name} for name in found if name.startswith("refs/" + "/".join(prefix))]
        case ["GET", "git", "tags", sha]:
            return {"object": {"sha": commit_of(sha)}}
        case ["GET", "git", "commits", sha]:
            return get_commit(sha)
        case ["POST", "git", "trees"]:
            return post_tree(fields)
        case ["POST", "git", "commits"]:
            return post_commit(fields)
        case ["POST", "git", "refs"]:
            if git("for-each-ref", fields["ref"]):
                raise Answer(422, "Reference already exists")
            return put_ref(fields["ref"], fields["sha"])
        case ["PATCH", "git", "refs", *name]:
            name = "refs/" + "/".join(name)
            return put_ref(name, fields["sha"], commit_of(name), fields["force"])
        case ["GET", "actions", "workflows", "ci.yml", "runs"]:
            return {"total_count": (HERE / "passed").read_text().split().count(query["head_sha"])}
        case ["GET", "releases"]:
            start = (int(query["page"]) - 1) * int(query["per_page"])
            return releases[::-1][start : start + int(query["per_page"])]
        case ["POST", "releases"]:
            return post_release({**fields, "upload_url": ""})
        case ["PATCH", "releases", number]:
            return patch_release(number, fields)
        case ["GET", "releases", number, "assets"]:
            return release(number)["assets"] if query["page"] == "1" else []
        case ["DELETE", "releases", "assets", number]:
            return delete_asset(number)
        case ["POST", "uploads", number]:
            return post_asset(number, query["name"], body, whole)
    raise Answer(404, f"no {method} {path} here")


def failing():
    """Returns `before` or `after` if this write is the one that must fail."""
    file = HERE / "fail"
    number, _, when = file.read_text().strip().partition(" ")
    if not number:
        return None
    file.write_text("" if number == "1" else f"{int(number) - 1} {when}")
    return when if number == "1" else None


def write_releases():
    lines = []
    for one in releases:
        names = " ".join(sorted(asset["name"] for asset in one["assets"] if asset["state"] == "uploaded"))
        state = "draft" if one["draft"] else "published"
        lines.append(f"{one['tag_name']} {state} latest={one['latest']} prerelease={one['prerelease']}: {names}\n")
    (HERE / "releases").write_text("".join(lines))


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.handle_one()

    do_POST = do_PATCH = do_DELETE = do_GET

    def log_message(self, *_):
        pass

    def handle_one(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urllib.parse.urlsplit(self.path)
        if url.path.startswith("/downloads/"):
            file = HERE / url.path.removeprefix("/")
            self.reply(200, file.read_bytes()) if file.exists() else self.reply(404, b"")
            return
        try:
            answer = self.answer(url, body)
            self.reply(200, json.dumps(answer).encode() if answer is not None else b"")
        except Answer as error:
            self.reply(error.status, json.dumps({"message": str(error)}).encode())

    def answer(self, url, body):
        if self.headers["Authorization"] != "Bearer test-token":
            raise Answer(401, "Bad credentials")
        path = url.path.removeprefix(REPOSITORY)
        query = dict(urllib.parse.parse_qsl(url.query))
        fail = failing() if self.command != "GET" else None
        if fail == "before":
            raise Answer(502, "Server Error")
        answer = route(self.command, path, query, body, whole=fail is None)
        if isinstance(answer, dict) and "upload_url" in answer:
            base = f"http://{self.headers['Host']}{REPOSITORY}uploads/{answer['id']}"
            answer = {**answer, "upload_url": base + "{?name,label}"}
        write_releases()
        if fail == "after":
            raise Answer(502, "Server Error")
        return answer

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    (HERE / "fail").touch()
    (HERE / "passed").touch()
    (HERE / "port.part").write_text(str(server.server_address[1]))
    (HERE / "port.part").rename(HERE / "port")
    server.serve_forever()
