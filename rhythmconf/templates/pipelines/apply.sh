#!/usr/bin/env bash
# Apply exactly the plan that was reviewed, and keep the record of the run, however it ends.
#
#   RHYTHMCONF_ENV      the environment of the plan
#   RHYTHMCONF_REPORTS  the folder with plan.json, which also gets the run record (rhythmconf-reports)
set -euo pipefail
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
rhythmconf apply "$reports/plan.json" --quiet --journal "$reports/run.jsonl" \
    --format json --output-file "$reports/run.json" --format text
