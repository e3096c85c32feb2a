#!/usr/bin/env bash
# Take a snapshot of the tenant and keep it as refs/rhythmconf/snapshot/ENV, for plans without secrets.
#
#   RHYTHMCONF_ENV      the environment
#   RHYTHMCONF_REPORTS  the folder for the snapshot's file [default: rhythmconf-reports]
set -euo pipefail
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
mkdir -p "$reports"
rhythmconf pull --quiet --snapshot "$reports/snapshot.json"
git update-ref "refs/rhythmconf/snapshot/$RHYTHMCONF_ENV" "$(git hash-object -w "$reports/snapshot.json")"
