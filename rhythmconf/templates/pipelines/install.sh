#!/usr/bin/env bash
# Install rhythmconf from its repository at one commit, and what it needs by the hashes of that commit's lock file. Jobs
# that hold secrets run it: no index is asked for a name alone.
#
#   RHYTHMCONF_SOURCE  the repository, as `git clone` takes it: an address, or a folder such as a submodule's
#   RHYTHMCONF_COMMIT  the whole id of the commit
set -euo pipefail
if [ -z "${RHYTHMCONF_SOURCE:-}" ] || [[ ! ${RHYTHMCONF_COMMIT:-} =~ ^[0-9a-f]{40}$ ]]; then
    echo "Which rhythmconf? Set RHYTHMCONF_SOURCE and RHYTHMCONF_COMMIT (all 40 digits) at the top of the pipeline." >&2
    exit 1
fi
folder=$(mktemp -d)
git clone --quiet --no-checkout -- "$RHYTHMCONF_SOURCE" "$folder"
git -C "$folder" checkout --quiet --detach "$RHYTHMCONF_COMMIT"
python -m pip install --quiet --no-deps --require-hashes -r "$folder/requirements.lock"
python -m pip install --quiet --no-deps --no-build-isolation "$folder"
