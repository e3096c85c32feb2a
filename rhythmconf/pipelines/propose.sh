#!/usr/bin/env bash
# Open a pull request for the branch with drift, unless one is open already.
#
#   propose.sh    with GH_TOKEN, RHYTHMCONF_ENV and RHYTHMCONF_REPORTS set, after drift.sh and publish.sh
set -euo pipefail
branch=rhythmconf/drift-$RHYTHMCONF_ENV
if [ "$(gh pr list --head "$branch" --state open --json number --jq length)" = 0 ]; then
    gh pr create --head "$branch" --title "Drift of $RHYTHMCONF_ENV" \
        --body-file "${RHYTHMCONF_REPORTS:-rhythmconf-reports}/drift.md"
fi
