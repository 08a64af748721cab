#!/usr/bin/env bash
# Builds the site of the documents and opens each page in Chromium.
source "$(dirname "$0")/steps.sh"

step "install Chromium" bash scripts/ci/install-tools.sh chromium
suite "site" test:site
