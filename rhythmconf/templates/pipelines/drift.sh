#!/usr/bin/env bash
# Bring what the tenant has differently into the files, on a branch of its own.
# Exits with 2 when there is drift and the branch has it, with 3 when none of it can be brought into the files.
#
#   RHYTHMCONF_ENV      the environment to compare
#   RHYTHMCONF_REPORTS  the folder for the reports (rhythmconf-reports); `changes` there says whether there is a branch
set -euo pipefail
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
branch=rhythmconf/drift-$RHYTHMCONF_ENV
mkdir -p "$reports"
rm -f "$reports"/drift.* "$reports/changes"
found=0
rhythmconf drift --quiet \
    --format markdown --output-file "$reports/drift.md" \
    --format html --output-file "$reports/drift.html" \
    --format sarif --output-file "$reports/drift.sarif" \
    --format text || found=$?
if [ "$found" = 0 ]; then
    echo false >"$reports/changes"
fi
if [ "$found" != 2 ]; then
    exit "$found"
fi
rhythmconf pull --quiet --only-drift
git add --update
if git diff --cached --quiet; then
    echo false >"$reports/changes"
    cat >&2 <<'END'
There is drift, and nothing of it that a branch could bring into the files:
- a record that is gone from the tenant is created again by the next apply; to let it go, delete its document;
- a field that you and the tenant changed needs your decision: write the tenant's value into the document, or let the
  files win with --ours (docs/pipelines.md, overrides).
END
    exit 3
fi
git switch --quiet --force-create "$branch"
git -c user.name=rhythmconf -c user.email=rhythmconf@localhost \
    commit --quiet --message "Drift of $RHYTHMCONF_ENV, as found in the tenant"
# The same drift as the night before keeps its commit, and so the reviews of it.
if [ "$(git rev-parse "HEAD^{tree}")" = "$(git rev-parse --quiet --verify "origin/$branch^{tree}")" ]; then
    git reset --quiet --soft "origin/$branch"
fi
echo true >"$reports/changes"
exit 2
