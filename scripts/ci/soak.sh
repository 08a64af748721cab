#!/usr/bin/env bash
# Runs clients for a minute under random faults, and simulates a fleet of clients.
source "$(dirname "$0")/steps.sh"

SENTINEL=1 suite "soak" soak
step "npm run fleet" env SEED=1 npm run fleet
