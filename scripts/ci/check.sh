#!/usr/bin/env bash
# Runs the static checks, the build, the session of docs/rotation.md and the quick benchmark.
source "$(dirname "$0")/steps.sh"

step "npm run check" npm run check
step "npm run rotation-transcript" npm run rotation-transcript -- --check
step "npm run bench:quick" npm run bench:quick
