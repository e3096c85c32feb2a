#!/usr/bin/env bash
# Check the files and show the plan, in every form that a reviewer may want. Writes to the tenant: never.
#
#   RHYTHMCONF_ENV       the environment to plan for
#   RHYTHMCONF_SNAPSHOT  a git object (REVISION:PATH, or a ref to a blob) with a snapshot of the tenant: plan against
#                        that, without any secret. Name one that the reviewed branch can't have changed.
#   RHYTHMCONF_REPORTS   the folder for the reports (rhythmconf-reports)
#
# What a guard refuses passes with an override, one a line of the committed file overrides/ENV.txt: --allow KIND/KEY,
# --allow-updates KIND=N%, --allow-deletes KIND=N%, --ours KIND/KEY, --prune KIND/KEY or --retire.
set -euo pipefail
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
mkdir -p "$reports"
rm -f "$reports"/plan.* "$reports"/validate.* "$reports/changes" "$reports/snapshot.json"

# As committed, so that it was reviewed; and spent with the apply that took it, so that it allows nothing later.
overrides=overrides/$RHYTHMCONF_ENV.txt
committed=$(git rev-parse --quiet --verify "HEAD:./$overrides" || true)
applied=$(git rev-parse --quiet --verify "refs/rhythmconf/applied/$RHYTHMCONF_ENV:./$overrides" || true)
name='[[:alnum:]][[:alnum:]._/-]*'
override="^(--retire|--(allow|ours|prune) $name|--allow-(updates|deletes) $name=[0-9]+(\\.[0-9]+)?%)\$"
flags=()
if [ -n "$committed" ] && [ "$committed" = "$applied" ]; then
    echo "$overrides is spent: the last apply took it. Change or remove it." >&2
elif [ -n "$committed" ]; then
    while read -r line || [ -n "$line" ]; do
        line=${line%$'\r'}
        if [ -z "${line%%#*}" ]; then
            continue
        elif [[ ! $line =~ $override ]]; then
            printf '%s: not an override: %q\n' "$overrides" "$line" >&2
            exit 1
        fi
        read -r -a words <<<"$line"
        flags+=("${words[@]}")
    done < <(git cat-file blob "$committed")
    echo "$overrides: ${flags[*]-}" >&2
fi

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
rhythmconf plan --quiet --detailed-exitcode --out "$reports/plan.json" ${flags[@]+"${flags[@]}"} \
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
