#!/usr/bin/env bash
# Open a pull request for a branch that publish.sh pushed. If it is open already, update its text.
#
#   propose.sh drift | bindings
#   GH_TOKEN, GITHUB_REPOSITORY   as in a workflow
#   RHYTHMCONF_ENV      the environment
#   RHYTHMCONF_SCOPE    the environment's name in refs and branches, for several projects [default: RHYTHMCONF_ENV]
#   RHYTHMCONF_REPORTS  the folder for the reports [default: rhythmconf-reports]
#
# `bindings` does nothing if the apply wrote no bindings.
set -euo pipefail
subject=$1
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
scope=${RHYTHMCONF_SCOPE:-$RHYTHMCONF_ENV}
branch=rhythmconf/$subject-$scope
body=$reports/$subject.md
case $subject in
drift) title=$(head -n 1 "$reports/drift.commit") ;; # it says what happened in the tenant
bindings)
    title="Bindings of $scope"
    if [ ! -e "$reports/bindings.yaml" ]; then
        exit 0
    fi
    echo "An apply created or adopted records that can only be recognised by these lines." \
        "Merge this before anything else: until then, every plan for $RHYTHMCONF_ENV is refused, because it would create the records again." >"$body"
    ;;
*)
    echo "propose.sh: unknown subject '$subject'; give drift or bindings" >&2
    exit 1
    ;;
esac
pulls=repos/$GITHUB_REPOSITORY/pulls
number=$(gh api "$pulls?state=open&head=${GITHUB_REPOSITORY%%/*}:$branch" --jq '.[0].number // empty')
if [ -n "$number" ]; then
    gh api --silent --method PATCH "$pulls/$number" --raw-field "title=$title" --field "body=@$body"
else
    default=$(gh api "repos/$GITHUB_REPOSITORY" --jq .default_branch)
    gh api --silent "$pulls" --raw-field "head=$branch" --raw-field "base=$default" --raw-field "title=$title" \
        --field "body=@$body"
fi
