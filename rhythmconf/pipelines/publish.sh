#!/usr/bin/env bash
# Push what a job made: the ref of what is applied, the snapshot, the branch with drift.
#
#   publish.sh [applied] [snapshot] [drift]   with RHYTHMCONF_ENV set, and git able to push
set -euo pipefail
for what in "$@"; do
    case $what in
    applied | snapshot) ref=refs/rhythmconf/$what/$RHYTHMCONF_ENV ;;
    drift) ref=refs/heads/rhythmconf/drift-$RHYTHMCONF_ENV ;;
    *)
        echo "publish.sh: there is no '$what' to push" >&2
        exit 1
        ;;
    esac
    if git rev-parse --quiet --verify "$ref" >/dev/null; then
        git push --quiet --force origin "$ref:$ref"
    fi
done
