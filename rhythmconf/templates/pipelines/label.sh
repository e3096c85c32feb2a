#!/usr/bin/env bash
# Label a pull request by the plans in its comments: `rhythmconf: destroy` if one of them deletes records,
# `rhythmconf: no changes` if none of them changes anything. Other labels stay as they are.
#
#   label.sh NUMBER          NUMBER is that of the pull request
#   GH_TOKEN, GITHUB_REPOSITORY   as in a workflow
#   COMMENT_AUTHOR           the account of the token [default: github-actions[bot]]
set -euo pipefail
repository=repos/$GITHUB_REPOSITORY
issue=$repository/issues/$1
export COMMENT_AUTHOR=${COMMENT_AUTHOR:-github-actions[bot]}
# Each comment has a hidden line with the effect of its plan. There is a comment for each environment.
effects=$(gh api --paginate "$issue/comments?per_page=100" --jq '
    .[] | select(.user.login == env.COMMENT_AUTHOR and (.body | startswith("<!-- rhythmconf:plan:")))
    | .body | split("\n")[1]')
present=$(gh api --paginate "$issue/labels?per_page=100" --jq '.[].name')
has() {
    grep --line-regexp --fixed-strings --quiet -- "$2" <<<"$1"
}
add_label() { # NAME COLOR DESCRIPTION
    if ! has "$present" "$1"; then
        # The repository may have the label already.
        gh api --silent "$repository/labels" --raw-field "name=$1" --raw-field "color=$2" --raw-field "description=$3" \
            2>/dev/null || true
        gh api --silent "$issue/labels" --raw-field "labels[]=$1"
    fi
}
remove_label() { # NAME, and the same for an address
    if has "$present" "$1"; then
        gh api --silent --method DELETE "$issue/labels/$2"
    fi
}
if has "$effects" "<!-- rhythmconf:effect:destroy -->"; then
    add_label "rhythmconf: destroy" b60205 "The plan deletes records of the tenant"
else
    remove_label "rhythmconf: destroy" rhythmconf%3A%20destroy
fi
if ! grep --line-regexp --fixed-strings --quiet --invert-match -- "<!-- rhythmconf:effect:none -->" <<<"$effects"; then
    add_label "rhythmconf: no changes" c2e0c6 "The tenant matches the files"
else
    remove_label "rhythmconf: no changes" rhythmconf%3A%20no%20changes
fi
