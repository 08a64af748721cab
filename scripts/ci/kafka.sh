#!/usr/bin/env bash
# Tests the adapters, the command and the documentation with a real Apache Kafka.
source "$(dirname "$0")/steps.sh"

step "install Java, build tools and kcat" bash scripts/ci/install-tools.sh java build kcat
step "npm run first-minutes" npm run first-minutes -- --check
SENTINEL=1 suite "real Kafka" test:kafka
