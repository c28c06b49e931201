#!/usr/bin/env python3
"""Extracts the examples of README.md and docs/ into a folder, one file each, for linters.

    scripts/document-examples.py FOLDER

Shell code becomes PAGE-LINE.sh, as do the commands of terminal sessions; workflows and steps become PAGE-LINE.yml; Python
becomes PAGE-LINE.py.
"""

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def workflow(text):
    """Completes a part of a workflow, so that it conforms to GitHub's schema."""
    if text.startswith("steps:"):
        text = "jobs:\n  example:\n    runs-on: ubuntu-latest\n" + re.sub("^", "    ", text, flags=re.MULTILINE)
    return text if re.search("^on:", text, re.MULTILINE) else "on: push\n" + text


def typed(text):
    """Returns the commands of a terminal session, without their output."""
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
