#!/usr/bin/env bash
# Write a Markdown report as a comment on a pull request. A later report replaces the comment.
#
#   comment.sh FILE NUMBER   NUMBER is that of the pull request
#   GH_TOKEN, GITHUB_REPOSITORY   as in a workflow
#   COMMENT_AUTHOR           the account of the token [default: github-actions[bot]]
set -euo pipefail
file=$1
number=$2
issues=repos/$GITHUB_REPOSITORY/issues
# The first line of the report is a marker. It identifies the comment, if this account wrote it.
MARKER=$(head -n 1 "$file")
export MARKER COMMENT_AUTHOR=${COMMENT_AUTHOR:-github-actions[bot]}
old=$(gh api --paginate --slurp "$issues/$number/comments" | python3 -c '
import json, os, sys
comments = [comment for page in json.load(sys.stdin) for comment in page]
own = [comment for comment in comments if comment["user"]["login"] == os.environ["COMMENT_AUTHOR"]]
print(*[comment["id"] for comment in own if comment["body"].startswith(os.environ["MARKER"])][:1])')
if [ -n "$old" ]; then
    gh api --silent --method PATCH "$issues/comments/$old" --field "body=@$file"
else
    gh api --silent "$issues/$number/comments" --field "body=@$file"
fi
