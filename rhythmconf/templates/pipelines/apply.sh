#!/usr/bin/env bash
# Apply exactly the plan that was reviewed. The run record is kept even if the apply fails.
#
#   RHYTHMCONF_ENV      the environment of the plan
#   RHYTHMCONF_REPORTS  the folder that contains plan.json and gets the run record [default: rhythmconf-reports]
set -euo pipefail
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
rhythmconf apply "$reports/plan.json" --quiet --journal "$reports/run.jsonl" \
    --format json --output-file "$reports/run.json" --format text
