#!/usr/bin/env bash
# Validate the files and make a plan, with reports in several formats. Nothing is written to the tenant.
#
#   RHYTHMCONF_ENV       the environment to plan for
#   RHYTHMCONF_SCOPE     the environment's name in refs and branches, for several projects [default: RHYTHMCONF_ENV]
#   RHYTHMCONF_SNAPSHOT  a git object (REVISION:PATH, or a ref to a blob) that contains a snapshot of the tenant. If
#                        set, the plan is made from it, without secrets. It must not be on the branch under review.
#                        Before the first apply there is none: the plan takes the tenant to be empty, and says so.
#   RHYTHMCONF_REPORTS   the folder for the reports [default: rhythmconf-reports]
#   RHYTHMCONF_HEAD, RHYTHMCONF_LINKS   the commit and the links that the reports name (see `rhythmconf plan --help`)
#
# Overrides allow what a guard refuses. Write them into overrides/ENV.txt, one in a line, and commit the file:
# --allow KIND/KEY, --allow-updates KIND=N%, --allow-deletes KIND=N%, --ours KIND/KEY, --prune KIND/KEY or --retire.
#
# plan.md always says what happened: if there is no plan, it says why, and what to do.
# Exit codes are those of `rhythmconf validate` and `rhythmconf plan`; 3 also if bindings of the last apply are missing.
set -euo pipefail
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
mkdir -p "$reports"
rm -f "$reports"/validate.* "$reports"/{changes,deletions,snapshot.json}

report_no_plan() {
    bash "$(dirname "$0")/no_plan.sh" "$1"
}
stop() {
    report_no_plan "$2"
    printf 'No plan: %s\n' "$2" >&2
    exit "$1"
}
# This stays if the job is stopped, or ends in a way that is not foreseen below.
report_no_plan "The job ended before it could make a plan. Its log says why."

# Only a committed file counts, because it was reviewed. It counts for one apply; to use it again, change it.
overrides=overrides/$RHYTHMCONF_ENV.txt
committed=$(git rev-parse --quiet --verify "HEAD:./$overrides" || true)
base=refs/rhythmconf/applied/$RHYTHMCONF_ENV
if [ -n "$(git rev-parse --show-prefix)" ]; then # below the top of the repository, a base has the name of its project
    project=$(sed -n "s/^project:[[:space:]]*['\"]\{0,1\}\([a-z0-9-]*\).*/\1/p" rhythmconf.yaml)
    own=refs/rhythmconf/projects/$project/applied/$RHYTHMCONF_ENV
    if git rev-parse --quiet --verify "$own" >/dev/null; then base=$own; fi
fi
applied=$(git rev-parse --quiet --verify "$base:./$overrides" || true)
name='[[:alnum:]][[:alnum:]._/-]*'
override="^(--retire|--(allow|ours|prune) $name|--allow-(updates|deletes) $name=[0-9]+(\\.[0-9]+)?%)\$"
flags=()
if [ -n "$committed" ] && [ "$committed" = "$applied" ]; then
    echo "$overrides is spent: the last apply used it. Change the file to use it again, or remove it." >&2
elif [ -n "$committed" ]; then
    if ! text=$(git cat-file blob "$committed"); then
        stop 1 "$overrides can't be read. Make it a file with one override in a line."
    fi
    number=0
    while read -r line || [ -n "$line" ]; do
        number=$((number + 1))
        line=${line%$'\r'}
        if [ -z "${line%%#*}" ]; then
            continue
        elif [[ $line == --theirs* ]]; then
            printf -v shown '%q' "${line#--theirs}"
            stop 1 "$overrides, line $number: --theirs is no override, because a pipeline edits no files.
To keep the tenant's value, write it into the document and delete this line.
To keep the value of the files, write --ours instead of --theirs:${shown//\\ / }"
        elif [[ ! $line =~ $override ]]; then
            printf -v shown '%q' "$line"
            stop 1 "$overrides, line $number: not an override: ${shown//\\ / }
Correct the line or delete it. A line is a comment (#) or one of: --allow KIND/KEY, --allow-updates KIND=N%, \
--allow-deletes KIND=N%, --ours KIND/KEY, --prune KIND/KEY, --retire."
        fi
        read -r -a arguments <<<"$line"
        flags+=("${arguments[@]}")
    done <<<"$text"
    echo "$overrides: ${flags[*]-}" >&2
fi

validated=0
# Dates are judged as of the commit, so that the same commit always gets the same findings.
env -u RHYTHMCONF_ENV rhythmconf validate --from "$(git show --no-patch --format=%cs HEAD)" \
    --format sarif --output-file "$reports/validate.sarif" \
    --format junit --output-file "$reports/validate.xml" \
    --format github --output-file "$reports/validate.github" \
    --format text || validated=$?

tenant=()
if [ -n "${RHYTHMCONF_SNAPSHOT:-}" ]; then
    if git rev-parse --quiet --verify "$RHYTHMCONF_SNAPSHOT^{blob}" >/dev/null; then
        git cat-file blob "$RHYTHMCONF_SNAPSHOT" >"$reports/snapshot.json"
        tenant=(--live "$reports/snapshot.json")
    elif git rev-parse --quiet --verify "$base" >/dev/null; then
        stop 1 "there is no snapshot of the tenant ($RHYTHMCONF_SNAPSHOT), although $base was applied. The nightly job \
takes one, and so does the next apply. Run the nightly job now, then this one again."
    else
        echo "Nothing was applied yet, and there is no snapshot: the plan takes the tenant to be empty." >&2
        tenant=(--empty-tenant)
    fi
fi
# Without the bindings of the last apply, a plan would create their records again.
pending=origin/rhythmconf/bindings-${RHYTHMCONF_SCOPE:-$RHYTHMCONF_ENV}
bindings=bindings/$RHYTHMCONF_ENV.yaml
if git rev-parse --quiet --verify "$pending" >/dev/null &&
    git show "$pending:./$bindings" | grep --invert-match --line-regexp --fixed-strings --quiet \
        --file="$(if [ -e "$bindings" ]; then echo "$bindings"; else echo /dev/null; fi)"; then
    stop 3 "$bindings lacks bindings that the last apply wrote. Merge $pending first, or delete that branch."
fi
# Files with errors get a plan, too: its report, which becomes the comment, names the errors.
planned=0
data=$(mktemp)
rhythmconf plan --quiet --detailed-exitcode --out "$reports/plan.json" ${flags[@]+"${flags[@]}"} \
    ${tenant[@]+"${tenant[@]}"} \
    --format markdown --output-file "$reports/plan.md" \
    --format html --output-file "$reports/plan.html" \
    --format junit --output-file "$reports/plan.xml" \
    --format json --output-file "$data" \
    --format text || planned=$?
# A plan that a guard refuses is not saved, but people want to know what it deletes.
python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["summary"]["delete"])' "$data" \
    >"$reports/deletions" 2>/dev/null || rm "$reports/deletions"
rm "$data"
case $planned in
0) echo false >"$reports/changes" ;;
2) echo true >"$reports/changes" ;;
*)
    # Every error that rhythmconf foresees is in its reports.
    if [ ! -e "$reports/plan.html" ]; then
        stop "$planned" "\`rhythmconf plan\` ended with exit code $planned and wrote no report. The log of the job says why."
    fi
    exit "$planned"
    ;;
esac
exit "$validated"
