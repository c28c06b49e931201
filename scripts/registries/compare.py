#!/usr/bin/env python3
"""Compares the output `checks` of a run with the expected verdicts, for scripts/registries.sh.

    compare.py OUTPUT_FILE OTHERS [LABEL=VERDICT …]
"""

import json
import re
import sys

FILE, OTHERS, *EXPECTED = sys.argv[1:]
expected = dict(pair.split("=") for pair in EXPECTED)
with open(FILE, encoding="utf-8") as file:
    found = re.search(r"^checks<<(\S+)\n(.*)\n\1$", file.read(), re.MULTILINE)
if not found:
    sys.exit("there is no output `checks`")
checks = json.loads(found[2])
wrong = [check for check in checks if check["verdict"] != expected.get(check["label"], OTHERS)]
missing = expected.keys() - {check["label"] for check in checks}
for check in wrong:
    print(f"{check['label']}: {check['verdict']} ({check['why']})")
if wrong or missing:
    sys.exit(f"missing: {', '.join(sorted(missing))}" if missing else 1)
