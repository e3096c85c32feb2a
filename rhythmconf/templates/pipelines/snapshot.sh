#!/usr/bin/env bash
# Keep what the tenant has now in refs/rhythmconf/snapshot/ENV, for the plans of those who may have no secret.
#
#   RHYTHMCONF_ENV      the environment
#   RHYTHMCONF_REPORTS  the folder for the snapshot's file (rhythmconf-reports)
set -euo pipefail
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
mkdir -p "$reports"
rhythmconf pull --quiet --snapshot "$reports/snapshot.json"
git update-ref "refs/rhythmconf/snapshot/$RHYTHMCONF_ENV" "$(git hash-object -w "$reports/snapshot.json")"
