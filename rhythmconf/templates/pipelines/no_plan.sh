#!/usr/bin/env bash
# Write reports that say why there is no plan: plan.md, which becomes the comment, and plan.xml for test reports.
#
#   no_plan.sh MESSAGE
#   RHYTHMCONF_ENV      the environment
#   RHYTHMCONF_REPORTS  the folder for the reports [default: rhythmconf-reports]
#   RHYTHMCONF_LINKS    links for the comment, one in a line: TEXT=URL
#
# It needs no rhythmconf, so that it also works where that could not be installed.
set -euo pipefail
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
mkdir -p "$reports"
rm -f "$reports"/plan.*
python3 - "$reports" "$1" <<'END'
import os, re, sys, textwrap, time
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

reports, environment = Path(sys.argv[1]), os.environ["RHYTHMCONF_ENV"]
# The message may contain text of a pull request. Nothing ends an indented code block but a line without indentation.
message = "".join(char if char.isprintable() or char == "\n" else "?" for char in sys.argv[2])
lines = [part for line in message.splitlines() for part in textwrap.wrap(line, 110, break_on_hyphens=False)]
links = re.findall(r"(?m)^([\w .-]+)=(https?://[\w~:/?#@!$&*+,;=%.-]+)$", os.environ.get("RHYTHMCONF_LINKS", ""), re.A)
made = time.strftime("made on %d %b %Y, %H:%M UTC", time.gmtime())
markdown = [
    f"<!-- rhythmconf:plan:{quote(environment, safe='').replace('--', '-%2D')} -->",
    "### No plan for this commit",
    "",
    " · ".join([*(f"[`{text}`]({url})" for text, url in links), made]),
    "",
    *(f"    {line}" for line in lines),
]
name, text = quoteattr(environment), quoteattr("No plan: " + message)
junit = f'<testsuite name="plan" tests="1" failures="1"><testcase classname="plan" name={name}><failure message={text}/></testcase></testsuite>'
for file, content in (("plan.md", "\n".join(markdown)), ("plan.xml", junit)):
    (reports / file).write_text(content + "\n", encoding="utf-8", errors="backslashreplace")
END
