#!/usr/bin/env bash
# Runs the commands of the README: installation, the first program and the unit tests.
source "$(dirname "$0")/steps.sh"

step "npm install" npm install
step "npm start" npm start
suite "unit tests (Node $(node --version))" test
