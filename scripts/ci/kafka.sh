#!/usr/bin/env bash
# Tests the adapters, the command and the documentation with a real Apache Kafka.
source "$(dirname "$0")/steps.sh"

step "install Java, build tools and kcat" bash scripts/ci/install-tools.sh java build kcat
step "npm run first-minutes" npm run first-minutes -- --check
# node-version.sh runs the recovery test once, with Node 22.
SENTINEL=1 suite "real Kafka" test:kafka --exclude test/kafka/recovery.broker.test.ts
