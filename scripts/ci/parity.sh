#!/usr/bin/env bash
# Compares this package with the official Python client.
source "$(dirname "$0")/steps.sh"

step "install Python" bash scripts/ci/install-tools.sh python
SENTINEL=1 suite "parity" test:parity
