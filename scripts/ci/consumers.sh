#!/usr/bin/env bash
# Installs the packed tarball in one project per toolchain and runs the project's test.
source "$(dirname "$0")/steps.sh"

step "install Java" bash scripts/ci/install-tools.sh java
SENTINEL=1 suite "consumers" test:consumers
step "npm run toolchains" npm run toolchains -- --check "$CI_RESULTS/consumers.json"
