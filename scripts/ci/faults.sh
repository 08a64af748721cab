#!/usr/bin/env bash
# Checks that each fault of the catalogue has a test that passed. Needs the reports of the other scripts.
source "$(dirname "$0")/steps.sh"

step "npm run faults" npm run faults -- --check "$CI_RESULTS"/*.json
