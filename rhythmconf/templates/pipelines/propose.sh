#!/usr/bin/env bash
# Open a pull request for a branch that publish.sh pushed; one that is open gets the new text.
#
#   propose.sh drift | bindings   with GH_TOKEN, GITHUB_REPOSITORY, RHYTHMCONF_ENV and RHYTHMCONF_REPORTS set;
#   where an apply wrote no bindings there is nothing to propose
set -euo pipefail
what=$1
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
branch=rhythmconf/$what-$RHYTHMCONF_ENV
body=$reports/$what.md
case $what in
drift) title="Drift of $RHYTHMCONF_ENV" ;;
bindings)
    title="Bindings of $RHYTHMCONF_ENV"
    if [ ! -e "$reports/bindings.yaml" ]; then
        exit 0
    fi
    echo "An apply made or took over records that only these lines know. Merge this before anything else: until then" \
        "every plan of $RHYTHMCONF_ENV is refused, because it would take them for missing." >"$body"
    ;;
*)
    echo "propose.sh: drift or bindings, not '$what'" >&2
    exit 1
    ;;
esac
number=$(gh pr list --head "$branch" --state open --json number --jq '.[0].number // empty')
if [ -n "$number" ]; then
    gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/pulls/$number" --field "body=@$body"
else
    gh pr create --head "$branch" --title "$title" --body-file "$body"
fi
