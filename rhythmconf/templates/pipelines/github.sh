#!/usr/bin/env bash
# Run a step as GitHub Actions wants it: log, annotations beside the lines, summary of the job, outputs.
#
#   github.sh review | apply | drift   with RHYTHMCONF_ENV set; drift that a branch has is not a failure here
set -euo pipefail
step=$1
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
case $step in
review | apply | drift) ;;
*)
    echo "::error::the step is review, apply or drift"
    exit 1
    ;;
esac
# What a tenant holds is printed here, and must not become a command of the runner.
resume=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "::stop-commands::$resume"
code=0
bash "$(dirname "$0")/$step.sh" || code=$?
echo "::$resume::"
if [ "$step" = review ] && [ -e "$reports/validate.github" ]; then
    cat "$reports/validate.github"
fi
for report in plan drift; do
    if [ "$step" != apply ] && [ -e "$reports/$report.md" ]; then
        cat "$reports/$report.md" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
    fi
done
{
    echo "exit-code=$code"
    if [ "$step" != apply ] && [ -e "$reports/changes" ]; then
        echo "changes=$(cat "$reports/changes")"
    fi
} >>"${GITHUB_OUTPUT:-/dev/null}"
case $step-$code in
drift-2) exit 0 ;;
drift-3) echo "::error::There is drift that no pull request can bring into the files: see the summary of this job." ;;
esac
exit "$code"
