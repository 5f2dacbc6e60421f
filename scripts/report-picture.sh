#!/usr/bin/env bash
# Takes the README's picture of a report: its first screens at desktop width, by headless Chromium (apt install chromium).
#
#   scripts/report-picture.sh [REPORT.html [PICTURE.png]]    default results/compare/report.html docs/report.png
. "$(dirname "$0")/common.sh"

report=$(realpath "${1:-results/compare/report.html}")
picture=$(realpath -m "${2:-docs/report.png}")
command -v chromium > /dev/null || die "no chromium here: apt install chromium"
chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=0.85 \
    --window-size="1180,${HEIGHT:-2520}" --screenshot="$picture" "file://$report" 2> /dev/null
ls -l "$picture"
