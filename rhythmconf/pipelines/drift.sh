#!/usr/bin/env bash
# Bring what the tenant has differently into the files, on a branch of its own. Exits with 2 when there is drift.
#
#   RHYTHMCONF_ENV      the environment to compare
#   RHYTHMCONF_REPORTS  the folder for the reports (rhythmconf-reports)
set -euo pipefail
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
branch=rhythmconf/drift-$RHYTHMCONF_ENV
mkdir -p "$reports"
found=0
rhythmconf drift --quiet \
    --format markdown --output-file "$reports/drift.md" \
    --format html --output-file "$reports/drift.html" \
    --format sarif --output-file "$reports/drift.sarif" \
    --format text || found=$?
if [ "$found" != 2 ]; then
    exit "$found"
fi
rhythmconf pull --quiet --only-drift
git add --update
if git diff --cached --quiet; then
    echo "Nothing of it is for the files: they want it otherwise since the last apply." >&2
    exit 2
fi
git switch --quiet --force-create "$branch"
git -c user.name=rhythmconf -c user.email=rhythmconf@localhost \
    commit --quiet --message "Drift of $RHYTHMCONF_ENV, as found in the tenant"
# The same drift as the night before keeps its commit, and so the reviews of it.
if [ "$(git rev-parse "HEAD^{tree}")" = "$(git rev-parse --quiet --verify "origin/$branch^{tree}")" ]; then
    git reset --quiet --soft "origin/$branch"
fi
exit 2
