#!/usr/bin/env bash
# Put a Markdown report under a pull request: one comment, updated in place, known by the marker in its first line.
#
#   comment.sh FILE NUMBER   with GH_TOKEN and GITHUB_REPOSITORY set, as in a workflow
set -euo pipefail
file=$1
number=$2
marker=$(head -n 1 "$file")
comments=repos/$GITHUB_REPOSITORY/issues
old=$(gh api --paginate "$comments/$number/comments" |
    python3 -c 'import json, sys
marker = sys.argv[1]
text, at, decode = sys.stdin.read(), 0, json.JSONDecoder().raw_decode
while at < len(text.rstrip()):
    page, at = decode(text, at)
    for found in page:
        if found["body"].startswith(marker):
            print(found["id"])' "$marker" | head -n 1)
if [ -n "$old" ]; then
    gh api --silent --method PATCH "$comments/comments/$old" --field "body=@$file"
else
    gh api --silent "$comments/$number/comments" --field "body=@$file"
fi
