#!/usr/bin/env bash
# Install rhythmconf from one commit of its repository, and its dependencies by the hashes of that commit's lock file,
# requirements-runtime.lock: only what rhythmconf needs to run and to be installed, without its tools of development.
# Jobs with secrets run this, so a package with the same name from an index must never be installed instead.
#
#   RHYTHMCONF_SOURCE  the repository, as for `git clone`: a URL, or a folder such as a submodule
#   RHYTHMCONF_COMMIT  the full id of the commit, 40 digits
set -euo pipefail
if [ -z "${RHYTHMCONF_SOURCE:-}" ] || [[ ! ${RHYTHMCONF_COMMIT:-} =~ ^[0-9a-f]{40}$ ]]; then
    echo "install.sh: set RHYTHMCONF_SOURCE and RHYTHMCONF_COMMIT (all 40 digits) at the top of the pipeline." >&2
    exit 1
fi
folder=$(mktemp -d)
git clone --quiet --no-checkout -- "$RHYTHMCONF_SOURCE" "$folder"
git -C "$folder" checkout --quiet --detach "$RHYTHMCONF_COMMIT"
python -m pip install --quiet --no-deps --require-hashes -r "$folder/requirements-runtime.lock"
python -m pip install --quiet --no-deps --no-build-isolation "$folder"
