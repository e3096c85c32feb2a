#!/usr/bin/env bash
# Validate the files and make a plan, with reports in several formats. Nothing is written to the tenant.
#
#   RHYTHMCONF_ENV       the environment to plan for
#   RHYTHMCONF_SNAPSHOT  a git object (REVISION:PATH, or a ref to a blob) that contains a snapshot of the tenant. If
#                        set, the plan is made from it, without secrets. It must not be on the branch under review.
#   RHYTHMCONF_REPORTS   the folder for the reports [default: rhythmconf-reports]
#
# Overrides allow what a guard refuses. Write them into overrides/ENV.txt, one in a line, and commit the file:
# --allow KIND/KEY, --allow-updates KIND=N%, --allow-deletes KIND=N%, --ours KIND/KEY, --prune KIND/KEY or --retire.
#
# Exit codes are those of `rhythmconf validate` and `rhythmconf plan`; 3 also if bindings of the last apply are missing.
set -euo pipefail
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
mkdir -p "$reports"
rm -f "$reports"/plan.* "$reports"/validate.* "$reports/changes" "$reports/snapshot.json"

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
    while read -r line || [ -n "$line" ]; do
        line=${line%$'\r'}
        if [ -z "${line%%#*}" ]; then
            continue
        elif [[ ! $line =~ $override ]]; then
            printf '%s: not an override: %q (section "Overrides" of: rhythmconf docs pipelines)\n' "$overrides" "$line" >&2
            exit 1
        fi
        read -r -a arguments <<<"$line"
        flags+=("${arguments[@]}")
    done < <(git cat-file blob "$committed")
    echo "$overrides: ${flags[*]-}" >&2
fi

validated=0
# Dates are judged as of the commit, so that the same commit always gets the same findings.
env -u RHYTHMCONF_ENV rhythmconf validate --from "$(git show --no-patch --format=%cs HEAD)" \
    --format sarif --output-file "$reports/validate.sarif" \
    --format junit --output-file "$reports/validate.xml" \
    --format github --output-file "$reports/validate.github" \
    --format text || validated=$?

if [ -n "${RHYTHMCONF_SNAPSHOT:-}" ]; then
    if ! git cat-file blob "$RHYTHMCONF_SNAPSHOT" >"$reports/snapshot.json"; then
        echo "No plan: there is no snapshot yet. The first apply takes one." >&2
        exit "$validated"
    fi
fi
# Without the bindings of the last apply, a plan would create their records again.
pending=origin/rhythmconf/bindings-$RHYTHMCONF_ENV
bindings=bindings/$RHYTHMCONF_ENV.yaml
if git rev-parse --quiet --verify "$pending" >/dev/null &&
    git show "$pending:./$bindings" | grep --invert-match --line-regexp --fixed-strings --quiet \
        --file="$(if [ -e "$bindings" ]; then echo "$bindings"; else echo /dev/null; fi)"; then
    echo "No plan: $bindings lacks bindings that the last apply wrote. Merge $pending first, or delete that branch." >&2
    exit 3
fi
# Files with errors get a plan, too: its report, which becomes the comment, names the errors.
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
exit "$validated"
