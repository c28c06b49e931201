#!/usr/bin/env python3
"""Checks that CHANGELOG.md follows https://keepachangelog.com/en/1.1.0/.

    scripts/check-changelog.py            lets the newest version, which may not be released yet, have no date
    scripts/check-changelog.py 1.2.3      requires this version, with its date
"""

import datetime
import re
import sys

FILE = "CHANGELOG.md"
KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
NUMBER = r"(?:0|[1-9]\d*)"
VERSION = re.compile(rf"\[{NUMBER}\.{NUMBER}\.{NUMBER}(?:-[0-9A-Za-z.]+)?\](?: - (?P<date>\d{{4}}-\d\d-\d\d))?")


class Section:
    """The part from one `## ` heading to the next."""

    def __init__(self, line, heading):
        self.line, self.heading = line, heading
        self.version = VERSION.fullmatch(heading)
        self.name = heading.removeprefix("[").partition("]")[0]
        self.kinds = []  # each is [line, kind, whether it has any content]


def read(text):
    """Returns the sections, and the names with a link at the end of the file."""
    sections, links = [], set()
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("## "):
            sections.append(Section(number, line[3:].strip()))
        elif line.startswith("### ") and sections:
            sections[-1].kinds.append([number, line[4:].strip(), False])
        elif link := re.match(r"\[([^]]+)\]: \S", line):
            links.add(link[1])
        elif line.strip() and sections and sections[-1].kinds:
            sections[-1].kinds[-1][2] = True
    return sections, links


def order(version):
    """Returns a sort key for versions. A pre-release comes before its release."""
    numbers, _, before = version.partition("-")
    parts = [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in before.split(".")]
    return [int(number) for number in numbers.split(".")], not before, parts


def problems(text, released):
    sections, links = read(text)
    if not sections or sections[0].heading != "[Unreleased]":
        yield sections[0].line if sections else 1, "the first section is not `## [Unreleased]`"
    versions = [section for section in sections if section.heading != "[Unreleased]"]
    for section in sections[1:]:
        if section.heading == "[Unreleased]":
            yield section.line, "`## [Unreleased]` occurs twice"
    for section in versions:
        yield from of_version(section, may_lack_date=section is versions[0] and section.name != released)
    for newer, older in zip(versions, versions[1:]):
        if newer.version and older.version and order(newer.name) <= order(older.name):
            yield older.line, f"{older.name} is below {newer.name}: put the newest first"
    for section in sections:
        yield from of_kinds(section)
        if section.name not in links:
            yield section.line, f"`[{section.name}]` has no link at the end of the file"
    if released and released not in [section.name for section in versions]:
        yield 1, f"there is no section for {released}"


def of_version(section, may_lack_date):
    if not section.version:
        yield section.line, f"`## {section.heading}` is not like `## [1.2.3] - 2027-01-31`"
        return
    date = section.version["date"]
    if date:
        try:
            datetime.date.fromisoformat(date)
        except ValueError:
            yield section.line, f"{date} is not a valid date"
    elif not may_lack_date:
        yield section.line, f"{section.name} has no date, like `## [{section.name}] - 2027-01-31`"
    if not section.kinds:
        yield section.line, f"{section.name} is empty"


def of_kinds(section):
    seen = set()
    for line, kind, is_filled in section.kinds:
        if kind not in KINDS:
            yield line, f"`### {kind}` is not one of {', '.join(KINDS)}"
        if kind in seen:
            yield line, f"`### {kind}` occurs twice in {section.heading}"
        if not is_filled:
            yield line, f"`### {kind}` is empty"
        seen.add(kind)


def main():
    released = sys.argv[1] if len(sys.argv) > 1 else None
    with open(FILE, encoding="utf-8") as file:
        found = sorted(problems(file.read(), released))
    for line, problem in found:
        print(f"error: {FILE}:{line}: {problem}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
