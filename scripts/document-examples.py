#!/usr/bin/env python3
"""Writes the examples of README.md and docs/ that have a linter into a folder, one file each.

    scripts/document-examples.py FOLDER

Shell becomes PAGE-LINE.sh, with what a person types into a terminal; workflows, and steps of one, become PAGE-LINE.yml;
Python becomes PAGE-LINE.py.
"""

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def workflow(text):
    """What GitHub's schema takes: a part of a workflow with what stands around it."""
    if text.startswith("steps:"):
        text = "jobs:\n  example:\n    runs-on: ubuntu-latest\n" + re.sub("^", "    ", text, flags=re.MULTILINE)
    return text if re.search("^on:", text, re.MULTILINE) else "on: push\n" + text


def typed(text):
    """The commands of a terminal, without what it printed."""
    return "".join(line[2:] + "\n" for line in text.splitlines() if line.startswith(("$ ", "> ")))


def examples(page):
    text = page.read_text()
    for margin, language, body in FENCE.findall(text):
        line = text[: text.index(body)].count("\n") + 1
        body = re.sub("^" + margin, "", body, flags=re.MULTILINE)
        name = f"{page.stem}-{line}"
        if language in ("sh", "console"):
            yield name + ".sh", "#!/usr/bin/env bash\n" + (typed(body) if language == "console" else body)
        elif language == "yaml" and re.search("^(jobs|steps):", body, re.MULTILINE):
            yield name + ".yml", workflow(body)
        elif language == "python":
            yield name + ".py", body


def main():
    folder = Path(sys.argv[1])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for name, text in examples(page):
            (folder / name).write_text(text)
            print(folder / name)


main()
