#!/usr/bin/env bash
# Runs the unit tests a second time, with the secret sentinel.
source "$(dirname "$0")/steps.sh"

suite "unit tests with the sentinel" test:secrets
