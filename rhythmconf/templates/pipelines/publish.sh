#!/usr/bin/env bash
# Push what a job made: the bindings that an apply wrote, on a branch; the ref of what is applied; the snapshot; the
# branch with drift. A branch whose drift is gone is deleted, which closes its pull request.
#
#   publish.sh [bindings] [applied] [snapshot] [drift]   with RHYTHMCONF_ENV and RHYTHMCONF_REPORTS set, and git able
#   to push; new bindings are kept among the reports too, as bindings.yaml
set -euo pipefail
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
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
keep_bindings() {
    local file=bindings/$RHYTHMCONF_ENV.yaml branch=rhythmconf/bindings-$RHYTHMCONF_ENV
    if [ -e "$file" ] && [ -n "$(git status --porcelain --ignored -- "$file")" ]; then
        cp "$file" "$reports/bindings.yaml"
        git switch --quiet --force-create "$branch"
        git add "$file"
        git -c user.name=rhythmconf -c user.email=rhythmconf@localhost \
            commit --quiet --message "Bindings of $RHYTHMCONF_ENV, as an apply wrote them" -- "$file"
        publish "refs/heads/$branch"
    fi
}
drift=refs/heads/rhythmconf/drift-$RHYTHMCONF_ENV
for what in "$@"; do
    case $what in
    bindings) keep_bindings ;;
    applied | snapshot) publish "refs/rhythmconf/$what/$RHYTHMCONF_ENV" ;;
    drift)
        # Without a verdict, the tenant couldn't be read: what was found before stays.
        case $(cat "$reports/changes" 2>/dev/null) in
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
