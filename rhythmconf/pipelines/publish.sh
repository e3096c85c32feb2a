#!/usr/bin/env bash
# Push what a job made: the ref of what is applied, the snapshot, the branch with drift. A branch whose drift is gone is
# deleted, which closes its pull request.
#
#   publish.sh [applied] [snapshot] [drift]   with RHYTHMCONF_ENV and RHYTHMCONF_REPORTS set, and git able to push
set -euo pipefail
publish() {
    if git rev-parse --quiet --verify "$1" >/dev/null; then
        git push --quiet --force origin "$1:$1"
    fi
}
withdraw() {
    local there
    there=$(git ls-remote origin "$1")
    if [ -n "$there" ]; then
        git push --quiet origin ":$1"
    fi
}
changes=${RHYTHMCONF_REPORTS:-rhythmconf-reports}/changes
drift=refs/heads/rhythmconf/drift-$RHYTHMCONF_ENV
for what in "$@"; do
    case $what in
    applied | snapshot) publish "refs/rhythmconf/$what/$RHYTHMCONF_ENV" ;;
    drift)
        # Without a verdict, the tenant couldn't be read: what was found before stays.
        case $(cat "$changes" 2>/dev/null) in
        true) publish "$drift" ;;
        false) withdraw "$drift" ;;
        esac
        ;;
    *)
        echo "publish.sh: there is no '$what' to push" >&2
        exit 1
        ;;
    esac
done
