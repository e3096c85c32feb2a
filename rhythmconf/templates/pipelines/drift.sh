#!/usr/bin/env bash
# Compare the tenant with the files, and write its changes (drift) into the files on the branch rhythmconf/drift-SCOPE.
#
#   RHYTHMCONF_ENV      the environment to compare
#   RHYTHMCONF_SCOPE    the environment's name in refs and branches, for several projects [default: RHYTHMCONF_ENV]
#   RHYTHMCONF_REPORTS  the folder for the reports [default: rhythmconf-reports]; its file `changes` contains true if
#                       there is a branch, else false
#
# Exit codes: 0 no drift; 2 drift, which the branch contains; 3 drift, but nothing of it can be written into the files;
# other codes are those of `rhythmconf drift`.
set -euo pipefail
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
branch=rhythmconf/drift-${RHYTHMCONF_SCOPE:-$RHYTHMCONF_ENV}
mkdir -p "$reports"
rm -f "$reports"/drift.* "$reports/changes"
drift=0
rhythmconf drift --quiet \
    --format markdown --output-file "$reports/drift.md" \
    --format commit --output-file "$reports/drift.commit" \
    --format html --output-file "$reports/drift.html" \
    --format sarif --output-file "$reports/drift.sarif" \
    --format text || drift=$?
if [ "$drift" = 0 ]; then
    echo false >"$reports/changes"
fi
if [ "$drift" != 2 ]; then
    exit "$drift"
fi
rhythmconf pull --quiet --only-drift
git add --update
if git diff --cached --quiet; then
    echo false >"$reports/changes"
    cat >&2 <<'END'
There is drift, but nothing of it can be written into the files:
- If a record was deleted in the tenant, the next apply creates it again. To accept the deletion, delete its document.
- If a field was changed both in the tenant and in the files, you decide: write the tenant's value into the document, or
  keep the value of the files with --ours (section "Overrides" of: rhythmconf docs pipelines).
END
    exit 3
fi
git switch --quiet --force-create "$branch"
git -c user.name=rhythmconf -c user.email=rhythmconf@localhost \
    commit --quiet --file "$reports/drift.commit"
# Drift that is the same as last time keeps its commit, so that reviews of it stay valid.
if [ "$(git rev-parse "HEAD^{tree}")" = "$(git rev-parse --quiet --verify "origin/$branch^{tree}")" ]; then
    git reset --quiet --soft "origin/$branch"
fi
echo true >"$reports/changes"
exit 2
