#!/usr/bin/env bash
# Bring what the tenant has differently into the files, on a branch of its own. Exits with 2 when there is drift.
#
#   RHYTHMCONF_ENV      the environment to compare
#   RHYTHMCONF_REPORTS  the folder for the reports (rhythmconf-reports)
set -euo pipefail
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
branch=rhythmconf/drift-$RHYTHMCONF_ENV
mkdir -p "$reports"
code=0
rhythmconf drift --quiet --format markdown --output-file "$reports/drift.md" --format text || code=$?
if [ "$code" != 2 ]; then
    exit "$code"
fi
rhythmconf pull --quiet --only-drift
git switch --quiet --force-create "$branch"
git add --all -- ':!'"$reports"
if git diff --cached --quiet; then
    echo "The drift is in records that no document declares: nothing to pull." >&2
    exit 2
fi
git commit --quiet --message "Drift of $RHYTHMCONF_ENV, as found in the tenant"
git push --quiet --force origin "$branch"
exit 2
