#!/usr/bin/env bash
# Apply exactly the plan that was reviewed, keep the run record, and publish what is applied now.
#
#   RHYTHMCONF_ENV      the environment of the plan
#   RHYTHMCONF_REPORTS  the folder with plan.json, which also gets the run record (rhythmconf-reports)
set -euo pipefail
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
applied=refs/rhythmconf/applied/$RHYTHMCONF_ENV
code=0
rhythmconf apply "$reports/plan.json" --quiet --journal "$reports/run.jsonl" \
    --format json --output-file "$reports/run.json" --format text || code=$?
if git rev-parse --verify --quiet "$applied" >/dev/null; then
    git push --quiet origin "$applied:$applied"
fi
exit "$code"
