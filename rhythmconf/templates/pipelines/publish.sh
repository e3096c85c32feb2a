#!/usr/bin/env bash
# Push the results of a job.
#
#   publish.sh [bindings] [applied] [snapshot] [drift]
#     bindings   the bindings that the apply wrote: on the branch rhythmconf/bindings-SCOPE, and as bindings.yaml in the
#                folder for the reports
#     applied    refs/rhythmconf/applied/ENV, the commit of the last complete apply; for a project below the top of the
#                repository refs/rhythmconf/projects/PROJECT/applied/ENV; never backwards: if somebody else has pushed a
#                commit that this one does not contain, the job fails
#     snapshot   refs/rhythmconf/snapshot/SCOPE
#     drift      the branch rhythmconf/drift-SCOPE; if there is no drift any more, it is deleted, which closes its pull
#                request
#   RHYTHMCONF_ENV      the environment
#   RHYTHMCONF_SCOPE    the environment's name in refs and branches, for several projects [default: RHYTHMCONF_ENV]
#   RHYTHMCONF_REPORTS  the folder for the reports [default: rhythmconf-reports]
#
# git must be able to push.
set -euo pipefail
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
scope=${RHYTHMCONF_SCOPE:-$RHYTHMCONF_ENV}
publish() {
    if git rev-parse --quiet --verify "$1" >/dev/null; then
        git push --quiet --force origin "$1:$1"
    fi
}
publish_base() {
    # Without --force git refuses to put back a newer base.
    if git rev-parse --quiet --verify "$1" >/dev/null; then
        git push --quiet origin "$1:$1"
    fi
}
delete_branch() {
    local remote
    remote=$(git ls-remote origin "$1")
    if [ -n "$remote" ]; then
        git push --quiet origin ":$1"
    fi
}
publish_bindings() {
    local file=bindings/$RHYTHMCONF_ENV.yaml branch=rhythmconf/bindings-$scope
    if [ -e "$file" ] && [ -n "$(git status --porcelain --ignored -- "$file")" ]; then
        cp "$file" "$reports/bindings.yaml"
        git switch --quiet --force-create "$branch"
        git add "$file"
        git -c user.name=rhythmconf -c user.email=rhythmconf@localhost \
            commit --quiet --message "Add the bindings of $RHYTHMCONF_ENV that an apply wrote" -- "$file"
        publish "refs/heads/$branch"
    fi
}
base=refs/rhythmconf/applied/$RHYTHMCONF_ENV
if [ -n "$(git rev-parse --show-prefix)" ]; then # below the top of the repository, a base has the name of its project
    project=$(sed -n "s/^project:[[:space:]]*['\"]\{0,1\}\([a-z0-9-]*\).*/\1/p" rhythmconf.yaml)
    base=refs/rhythmconf/projects/$project/applied/$RHYTHMCONF_ENV
fi
drift=refs/heads/rhythmconf/drift-$scope
for subject in "$@"; do
    case $subject in
    bindings) publish_bindings ;;
    applied) publish_base "$base" ;;
    snapshot) publish "refs/rhythmconf/snapshot/$scope" ;;
    drift)
        # Without this file the tenant could not be read: the branch stays as it was.
        case $(cat "$reports/changes" 2>/dev/null) in
        true) publish "$drift" ;;
        false) delete_branch "$drift" ;;
        esac
        ;;
    *)
        echo "publish.sh: unknown subject '$subject'; give bindings, applied, snapshot or drift" >&2
        exit 1
        ;;
    esac
done
