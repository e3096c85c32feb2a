#!/usr/bin/env bash
# Write a Markdown report as a comment on a pull request. A later report replaces the comment.
#
#   comment.sh FILE NUMBER [TEXT]   NUMBER is that of the pull request; TEXT, in Markdown, comes before the report
#   GH_TOKEN, GITHUB_REPOSITORY   as in a workflow
#   COMMENT_AUTHOR           the account of the token [default: github-actions[bot]]
set -euo pipefail
file=$1
number=$2
issues=repos/$GITHUB_REPOSITORY/issues
# The first line of the report is a marker. It identifies the comment, if this account wrote it. Two projects of one
# repository may have environments with the same name, so a project below its top adds its folder.
folder=$(git rev-parse --show-prefix | tr -c 'A-Za-z0-9._/\n' _)
MARKER=$(head -n 1 "$file")
MARKER="${MARKER% -->}${folder:+:${folder%/}} -->"
export MARKER COMMENT_AUTHOR=${COMMENT_AUTHOR:-github-actions[bot]}
old=$(gh api --paginate "$issues/$number/comments?per_page=100" \
    --jq '.[] | select(.user.login == env.COMMENT_AUTHOR and (.body | startswith(env.MARKER))) | .id')
body=$(mktemp)
{
    echo "$MARKER"
    if [ -n "${3:-}" ]; then
        printf '%s\n' "$3"
    fi
    if [ -n "$folder" ]; then
        echo "The project is in \`${folder%/}\`."
    fi
    echo
    tail -n +2 "$file"
} >"$body"
if [ -n "$old" ]; then
    gh api --silent --method PATCH "$issues/comments/${old%%$'\n'*}" --field "body=@$body"
else
    gh api --silent "$issues/$number/comments" --field "body=@$body"
fi
rm "$body"
