#!/usr/bin/env bash
# Tests the packed tarball in an empty folder.
source "$(dirname "$0")/steps.sh"

SENTINEL=1 suite "packed tarball" test:package
