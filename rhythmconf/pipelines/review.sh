#!/usr/bin/env bash
# Check the files and show the plan, in every form that a reviewer may want. Writes to the tenant: never.
#
#   RHYTHMCONF_ENV       the environment to plan for
#   RHYTHMCONF_SNAPSHOT  a git object (REVISION:PATH, or a ref to a blob) with a snapshot of the tenant: plan against
#                        that, without any secret. Name one that the reviewed branch can't have changed.
#   RHYTHMCONF_REPORTS   the folder for the reports (rhythmconf-reports)
set -euo pipefail
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
mkdir -p "$reports"
rm -f "$reports"/plan.* "$reports"/validate.* "$reports/changes" "$reports/snapshot.json"

checked=0
env -u RHYTHMCONF_ENV rhythmconf validate \
    --format sarif --output-file "$reports/validate.sarif" \
    --format junit --output-file "$reports/validate.xml" \
    --format github --output-file "$reports/validate.github" \
    --format text || checked=$?

if [ -n "${RHYTHMCONF_SNAPSHOT:-}" ]; then
    if ! git cat-file blob "$RHYTHMCONF_SNAPSHOT" >"$reports/snapshot.json"; then
        echo "No plan: there is no snapshot yet, the first apply makes one." >&2
        exit "$checked"
    fi
fi
# Without the bindings of the last apply a plan would make their records a second time.
pending=origin/rhythmconf/bindings-$RHYTHMCONF_ENV
known=bindings/$RHYTHMCONF_ENV.yaml
if git rev-parse --quiet --verify "$pending" >/dev/null &&
    git show "$pending:./$known" | grep --invert-match --line-regexp --fixed-strings --quiet \
        --file="$(if [ -e "$known" ]; then echo "$known"; else echo /dev/null; fi)"; then
    echo "No plan: bindings of the last apply are not in $known yet: merge $pending first, or delete that branch." >&2
    exit 3
fi
# Files with errors get a plan too: it says so in the one comment that is updated in place.
planned=0
rhythmconf plan --quiet --detailed-exitcode --out "$reports/plan.json" \
    ${RHYTHMCONF_SNAPSHOT:+--live "$reports/snapshot.json"} \
    --format markdown --output-file "$reports/plan.md" \
    --format html --output-file "$reports/plan.html" \
    --format junit --output-file "$reports/plan.xml" \
    --format text || planned=$?
case $planned in
0) echo false >"$reports/changes" ;;
2) echo true >"$reports/changes" ;;
*) exit "$planned" ;;
esac
exit "$checked"
