#!/usr/bin/env bash
# Run a step in GitHub Actions: with annotations at the lines, a summary of the job, and outputs.
#
#   github.sh review | apply | drift | prove
#   github.sh comment    write the plan of `review` as a comment on the pull request, and set its labels
#   github.sh announce   say in the summary, and on the pull requests that brought the changes, what `apply` did
#   RHYTHMCONF_ENV      the environment
#   RHYTHMCONF_REPORTS  the folder for the reports [default: rhythmconf-reports]
#   RHYTHMCONF_PAGE     for `comment` and `announce`: the address of the uploaded reports [default: none]
#
# The exit code is that of the step, except that drift on a branch (2) counts as success.
set -euo pipefail
step=$1
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
scripts=$(dirname "$0")
summary=${GITHUB_STEP_SUMMARY:-/dev/null}

# The commit that is reviewed, and where people can look: facts of the event, none of them a text of the pull request.
{
    read -r number
    read -r RHYTHMCONF_HEAD
    read -r author
} < <(
    python3 - "${GITHUB_EVENT_PATH:-/dev/null}" <<'END'
import json, os, re, sys
with open(sys.argv[1], encoding="utf-8") as file:
    text = file.read()
pull = (json.loads(text) if text else {}).get("pull_request") or {}
head = pull.get("head", {}).get("sha") or os.environ.get("GITHUB_SHA", "")
author = pull.get("user", {}).get("login", "")
print(pull.get("number", ""))
print(head if re.fullmatch("[0-9a-f]{40,64}", head) else "")
print(author if re.fullmatch(r"[A-Za-z0-9-]+", author) else "")
END
)
host=${GITHUB_SERVER_URL:-https://github.com}
repository=$host/${GITHUB_REPOSITORY:-}
RHYTHMCONF_LINKS="Run ${GITHUB_RUN_NUMBER:-}=$repository/actions/runs/${GITHUB_RUN_ID:-}"
if [ -n "$RHYTHMCONF_HEAD" ]; then
    RHYTHMCONF_LINKS="Commit ${RHYTHMCONF_HEAD:0:12}=$repository/commit/$RHYTHMCONF_HEAD"$'\n'$RHYTHMCONF_LINKS
fi
if [ -n "$number" ]; then
    RHYTHMCONF_LINKS+=$'\n'"Pull request $number=$repository/pull/$number"
fi
if [ -n "$author" ]; then
    RHYTHMCONF_LINKS+=$'\n'"by $author=$host/$author"
fi
export RHYTHMCONF_HEAD RHYTHMCONF_LINKS

run_step() {
    # The host sends SIGINT to this script alone, when a job is cancelled. Pass it on to the whole step, and wait.
    set -m
    bash "$scripts/$step.sh" &
    local child=$! code=0
    trap 'kill -INT -- "-$child" 2>/dev/null || true' INT
    trap : TERM
    wait "$child" || code=$?
    while kill -0 "$child" 2>/dev/null; do
        code=0
        wait "$child" || code=$?
    done
    set +m
    return "$code"
}

run() {
    # The step prints data of the tenant, which the runner must not take for its commands.
    local resume code=0
    resume=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    echo "::stop-commands::$resume"
    run_step || code=$?
    echo "::$resume::"
    if [ "$step" = review ] && [ -e "$reports/validate.github" ]; then
        cat "$reports/validate.github"
    fi
    for report in proof plan drift; do
        if [ "$step" != apply ] && [ -e "$reports/$report.md" ]; then
            cat "$reports/$report.md" >>"$summary"
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
}

comment() {
    if [ -z "$number" ]; then
        return # a merge queue has no pull request of its own
    fi
    local effect=unknown page=
    if [ "$(gh api "repos/$GITHUB_REPOSITORY/pulls/$number" --jq .head.sha)" != "$RHYTHMCONF_HEAD" ]; then
        echo "The pull request has a newer commit, whose own job writes the comment."
        return
    fi
    if [ ! -e "$reports/plan.md" ]; then
        bash "$scripts/no_plan.sh" "The job ended before it could validate the files. Its log says why."
    fi
    if [ "$(cat "$reports/deletions" 2>/dev/null)" -gt 0 ] 2>/dev/null; then
        effect=destroy
    elif [ "$(cat "$reports/changes" 2>/dev/null)" = false ]; then
        effect=none
    elif [ -e "$reports/changes" ]; then
        effect=changes
    fi
    if [ -n "${RHYTHMCONF_PAGE:-}" ] && [ -e "$reports/plan.html" ]; then
        page="[**The plan as a page**]($RHYTHMCONF_PAGE): open plan.html."
    fi
    bash "$scripts/comment.sh" "$reports/plan.md" "$number" "<!-- rhythmconf:effect:$effect -->"$'\n'"$page"
    bash "$scripts/label.sh" "$number"
}

announce() {
    local base commits pull
    if [ ! -e "$reports/run.md" ]; then
        printf "<!-- rhythmconf:apply:%s -->\n### Apply for \`%s\`: it did not begin. Nothing was written.\n\n%s\n" \
            "$RHYTHMCONF_ENV" "$RHYTHMCONF_ENV" "The log of the job says why. When that is mended, run the job again." \
            >"$reports/run.md"
    fi
    cat "$reports/run.md" >>"$summary"
    # The pull requests of all commits since the base: an apply may have been left out before.
    base=$(python3 -c '
import json, re, sys
base = json.load(open(sys.argv[1]))["base"]
print(base["commit"] if base and re.fullmatch("[0-9a-f]{40,64}", base["commit"]) else "")' "$reports/plan.json" || true)
    commits=$GITHUB_SHA
    if [ -n "$base" ]; then
        commits=$(gh api "repos/$GITHUB_REPOSITORY/compare/$base...$GITHUB_SHA" --jq '.commits[-50:][].sha')
    fi
    for commit in $commits; do
        gh api "repos/$GITHUB_REPOSITORY/commits/$commit/pulls" --jq '.[] | select(.merged_at) | .number'
    done | sort -n -u | while read -r pull; do
        bash "$scripts/comment.sh" "$reports/run.md" "$pull" \
            "${RHYTHMCONF_PAGE:+[**Plan and run record**]($RHYTHMCONF_PAGE)}"
    done
}

case $step in
review | apply | drift | prove) run ;;
comment | announce) "$step" ;;
*)
    echo "::error::github.sh: unknown step '$step'; give review, apply, drift, prove, comment or announce"
    exit 1
    ;;
esac
