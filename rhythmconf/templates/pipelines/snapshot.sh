#!/usr/bin/env bash
# Take a snapshot of the tenant and keep it as refs/rhythmconf/snapshot/SCOPE, for plans without secrets.
#
#   RHYTHMCONF_ENV      the environment
#   RHYTHMCONF_SCOPE    the environment's name in refs and branches, for several projects [default: RHYTHMCONF_ENV]
#   RHYTHMCONF_REPORTS  the folder for the snapshot's file [default: rhythmconf-reports]
set -euo pipefail
reports=${RHYTHMCONF_REPORTS:-rhythmconf-reports}
mkdir -p "$reports"
rhythmconf pull --quiet --snapshot "$reports/snapshot.json"
git update-ref "refs/rhythmconf/snapshot/${RHYTHMCONF_SCOPE:-$RHYTHMCONF_ENV}" "$(git hash-object -w "$reports/snapshot.json")"
