# Functions for the other scripts in this folder, which source this file. Each step adds a line to a file
# in $CI_RESULTS, and each suite adds the JSON report of vitest. A script exits with 1 if a step failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
export CI_RESULTS=${CI_RESULTS:-$PWD/reports/ci}
mkdir -p "$CI_RESULTS"
# The suites expect a machine without settings for Quix.
unset Quix__Sdk__Token Quix__Portal__Api Quix__Workspace__Id Quix__Broker__Address

script=$(basename "$0" .sh)
failures=0

# record passed|failed NAME
record() {
  printf '%s\t%s\n' "$1" "$2" >>"$CI_RESULTS/$script.steps"
  if [ "$1" = failed ]; then failures=$((failures + 1)); fi
}

# step NAME COMMAND...: runs a command that counts as one test.
step() {
  local name=$1 start=$SECONDS
  shift
  echo
  echo "=== $name: $*"
  if "$@"; then
    record passed "$name"
    echo "=== $name: passed in $((SECONDS - start)) s"
  else
    record failed "$name"
    echo "=== $name: FAILED after $((SECONDS - start)) s"
  fi
}

# suite NAME NPM_SCRIPT ARGUMENTS...: runs a test suite. A suite without a passed test is a failure.
suite() {
  local name=$1 npm_script=$2 report="$CI_RESULTS/${1//[^a-zA-Z0-9.]/-}.json"
  shift 2
  step "$name" npm run "$npm_script" -- "$@" \
    --reporter=default --reporter=json --outputFile.json="$report"
  has_passed_test "$report" || record failed "$name ran no test"
}

has_passed_test() {
  [ -s "$1" ] && node -e '
    const report = JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"));
    process.exit(report.numPassedTests > 0 ? 0 : 1);
  ' "$1"
}

finish() {
  local status=$?
  if [ "$status" -ne 0 ] && [ "$failures" -eq 0 ]; then record failed "$script ended early"; fi
  exit $((failures > 0))
}
trap finish EXIT
