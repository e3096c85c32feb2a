#!/usr/bin/env bash
# Apply exactly the plan that was reviewed. The run record is kept even if the apply fails.
#
#   RHYTHMCONF_ENV      the environment of the plan
#   RHYTHMCONF_REPORTS  the folder that contains plan.json and gets the run record [default: rhythmconf-reports]
#
# run.md always says what happened, and what to do next. SIGINT ends the apply after the requests that are under way.
set -euo pipefail
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
resume="To finish the run, take run.jsonl from the artifact, check out this commit, and type \`rhythmconf resume run.jsonl\`."
report() {
    printf "<!-- rhythmconf:apply:%s -->\n### Apply for \`%s\`: %s\n" "$RHYTHMCONF_ENV" "$RHYTHMCONF_ENV" "$1" >"$reports/run.md"
}
advise() {
    printf '\n%s\n' "$1" >>"$reports/run.md"
}
# This stays if the job is killed.
report "stopped before it could report. Changes may have been written."
advise "$resume"
rm -f "$reports/run.json" "$reports/run.jsonl"

trap : INT TERM # rhythmconf gets the signal, too, and ends in order; then this script goes on
code=0
rhythmconf apply "$reports/plan.json" --quiet --journal "$reports/run.jsonl" \
    --format json --output-file "$reports/run.json" \
    --format markdown --output-file "$reports/run.md" \
    --format text || code=$?
if [ ! -e "$reports/run.json" ] && [ ! -e "$reports/run.jsonl" ]; then
    report "stopped before it began. Nothing was written."
    advise "The log of the job says why. When that is mended, run the job again."
elif [ -e "$reports/run.json" ]; then
    case $code in
    0) ;;
    3)
        if [ -n "${GITHUB_ACTIONS:-}" ]; then
            advise "To make a new plan, press **Re-run all jobs**, not **Re-run failed jobs**: that would take this plan again."
        else
            advise "To make a new plan, run all jobs of the pipeline again, not only this one: it would take this plan again."
        fi
        ;;
    5 | 130) advise "$resume" ;;
    *) advise "When the reason is mended, run the job again." ;;
    esac
fi
if [ "$code" != 0 ]; then
    tail -n 1 "$reports/run.md" >&2 # what to do next, for hosts where nobody is shown run.md
fi
exit "$code"
