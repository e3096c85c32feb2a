#!/usr/bin/env bash
# Put a Markdown report under a pull request: one comment, updated in place, known by the marker in its first line.
#
#   comment.sh FILE NUMBER   with GH_TOKEN and GITHUB_REPOSITORY set, as in a workflow
#   COMMENT_AUTHOR           who the token is; only comments of that account are ours (github-actions[bot])
set -euo pipefail
file=$1
number=$2
issues=repos/$GITHUB_REPOSITORY/issues
MARKER=$(head -n 1 "$file")
export MARKER COMMENT_AUTHOR=${COMMENT_AUTHOR:-github-actions[bot]}
old=$(gh api --paginate --slurp "$issues/$number/comments" | python3 -c '
import json, os, sys
comments = [comment for page in json.load(sys.stdin) for comment in page]
ours = [one for one in comments if one["user"]["login"] == os.environ["COMMENT_AUTHOR"]]
print(*[one["id"] for one in ours if one["body"].startswith(os.environ["MARKER"])][:1])')
if [ -n "$old" ]; then
    gh api --silent --method PATCH "$issues/comments/$old" --field "body=@$file"
else
    gh api --silent "$issues/$number/comments" --field "body=@$file"
fi
