#!/usr/bin/env bash
# Prove that an environment has this commit, before the next environment is planned: its last complete apply was of this
# commit, and a new plan has nothing to change.
#
#   RHYTHMCONF_ENV      the environment
#   RHYTHMCONF_RUN      the record of the apply
#   RHYTHMCONF_REPORTS  the folder for the proof, proof.md [default: rhythmconf-reports]
#
# Exit codes: 3 if the environment lacks the commit or differs from it; other codes are those of `rhythmconf plan`.
set -euo pipefail
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
mkdir -p "$reports"
rm -f "$reports/proof.md"
base=refs/rhythmconf/applied/$RHYTHMCONF_ENV
if [ -n "$(git rev-parse --show-prefix)" ]; then # below the top of the repository, a base has the name of its project
    project=$(sed -n "s/^project:[[:space:]]*['\"]\{0,1\}\([a-z0-9-]*\).*/\1/p" rhythmconf.yaml)
    base=refs/rhythmconf/projects/$project/applied/$RHYTHMCONF_ENV
fi
commit=$(git rev-parse HEAD)
applied=$(git rev-parse --quiet --verify "$base" || true)
if [ "$applied" != "$commit" ]; then
    echo "No proof: $RHYTHMCONF_ENV has the commit ${applied:-of no apply}, not $commit." \
        "If a newer commit was applied there, its own pipeline goes on." >&2
    exit 3
fi
planned=0
rhythmconf plan --quiet --detailed-exitcode --format text || planned=$?
case $planned in
0) ;;
2)
    echo "No proof: right after its apply, $RHYTHMCONF_ENV differs from $commit. Find out why; then run all jobs again." >&2
    exit 3
    ;;
*) exit "$planned" ;;
esac
python3 - "$RHYTHMCONF_RUN" "$commit" <<'END' >"$reports/proof.md"
import datetime, json, os, sys

with open(sys.argv[1], encoding="utf-8") as file:
    run = json.loads(file.readline())
if run["commit"] != sys.argv[2]:
    sys.exit(f"No proof: the run record is of the commit {run['commit']}, not {sys.argv[2]}.")
get = os.environ.get
person = get("GITHUB_TRIGGERING_ACTOR") or get("GITLAB_USER_LOGIN") or run["actor"]
job = get("CI_PIPELINE_URL") or "{}/{}/actions/runs/{}".format(
    get("GITHUB_SERVER_URL", ""), get("GITHUB_REPOSITORY", ""), get("GITHUB_RUN_ID", "")
)
started = run["started_at"][:16].replace("T", ", ")
now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d, %H:%M")
print(
    f"**{run['environment']} has this commit.** Run `{run['run']}` of {started} UTC, started by {person}, applied"
    f" `{run['commit'][:12]}` ([pipeline]({job})). A new plan of {now} UTC is empty."
)
END
cat "$reports/proof.md"
