#!/usr/bin/env bash
# Check the files and show the plan, in every form that a reviewer may want. Writes to the tenant: never.
#
#   RHYTHMCONF_ENV       the environment to plan for
#   RHYTHMCONF_SNAPSHOT  plan against this trusted snapshot (`pull --snapshot`), where no secret may be given
#   RHYTHMCONF_REPORTS   the folder for the reports (rhythmconf-reports)
#   RHYTHMCONF_LOG       what the job's log shows of the findings: github or text (text)
set -euo pipefail
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
mkdir -p "$reports"
rhythmconf validate \
    --format sarif --output-file "$reports/validate.sarif" \
    --format junit --output-file "$reports/validate.xml" \
    --format "${RHYTHMCONF_LOG:-text}"
rhythmconf plan --quiet --out "$reports/plan.json" ${RHYTHMCONF_SNAPSHOT:+--live "$RHYTHMCONF_SNAPSHOT"} \
    --format markdown --output-file "$reports/plan.md" \
    --format html --output-file "$reports/plan.html" \
    --format junit --output-file "$reports/plan.xml" \
    --format text
