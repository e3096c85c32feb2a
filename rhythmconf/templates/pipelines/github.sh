#!/usr/bin/env bash
# Run a step in GitHub Actions: with annotations at the lines, a summary of the job, and outputs.
#
#   github.sh review | apply | drift | prove
#   RHYTHMCONF_ENV      the environment
#   RHYTHMCONF_REPORTS  the folder for the reports [default: rhythmconf-reports]
#
# The exit code is that of the step, except that drift on a branch (2) counts as success.
set -euo pipefail
step=$1
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
case $step in
review | apply | drift | prove) ;;
*)
    echo "::error::github.sh: unknown step '$step'; give review, apply, drift or prove"
    exit 1
    ;;
esac
# The step prints data of the tenant, which the runner must not take for its commands.
resume=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "::stop-commands::$resume"
code=0
bash "$(dirname "$0")/$step.sh" || code=$?
echo "::$resume::"
if [ "$step" = review ] && [ -e "$reports/validate.github" ]; then
    cat "$reports/validate.github"
fi
for report in proof plan drift; do
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
drift-3) echo "::error::There is drift that can't be written into the files. The summary of this job lists it." ;;
esac
exit "$code"
