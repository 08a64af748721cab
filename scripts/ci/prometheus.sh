#!/usr/bin/env bash
# Tests quix-auth rotation and the alert rules with a real Prometheus.
source "$(dirname "$0")/steps.sh"

step "install Prometheus" bash scripts/ci/install-tools.sh prometheus
SENTINEL=1 suite "real Prometheus" test:prometheus
