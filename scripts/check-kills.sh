#!/usr/bin/env bash
# Ends train, resume, compare, finetune, slim, convert and a library run at their calls that change files, and fills the
# disk there: check-kills.sh [points a command, 400] [build folder, build/release]. Prints how many points there were.
set -euo pipefail
cd "$(dirname "$0")/.."
points=${1:-400}
build=${2:-build/release}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
for suite in "cli_test --gtest_filter=Commands/Kills.*" "model_test --gtest_filter=LibraryKills.*"; do
  # shellcheck disable=SC2086
  MARKHOR_KILL_POINTS=$points "$build"/tests/$suite 2>&1 | tee -a "$log" || status=1
done
awk '/^kills:/ { kills += $3 } /^full disks:/ { full += $NF } END { print kills + 0 " kills, " full + 0 " full disks" }' "$log"
exit $status
