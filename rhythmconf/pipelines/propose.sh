#!/usr/bin/env bash
# Open a pull request for the branch with drift; one that is open gets tonight's report as its text.
#
#   propose.sh    with GH_TOKEN, GITHUB_REPOSITORY, RHYTHMCONF_ENV and RHYTHMCONF_REPORTS set, after publish.sh
set -euo pipefail
branch=rhythmconf/drift-$RHYTHMCONF_ENV
body=${RHYTHMCONF_REPORTS:-rhythmconf-reports}/drift.md
number=$(gh pr list --head "$branch" --state open --json number --jq '.[0].number // empty')
if [ -n "$number" ]; then
    gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/pulls/$number" --field "body=@$body"
else
    gh pr create --head "$branch" --title "Drift of $RHYTHMCONF_ENV" --body-file "$body"
fi
