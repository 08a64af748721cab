#!/usr/bin/env bash
# node-version.sh VERSION: runs the suites that depend on Node with another Node version.
source "$(dirname "$0")/steps.sh"

version=$1
script="node-$version"
folder=$(mktemp -d)
step "install Node $version" \
  npm install --silent --no-save --no-package-lock --prefix "$folder" "node@$version"
PATH="$folder/node_modules/node/bin:$PATH"

is_expected_version() { [[ $(node --version) == "v$version."* ]]; }
step "use Node $version" is_expected_version

if is_expected_version; then
  # The types in the tarball do not depend on Node.
  suite "packed tarball (Node $version)" test:package \
    test/package/tarball test/package/processes test/package/peers
  # Node 22 and 24 use the same versions of the Kafka clients, so each Kafka suite runs with one of them.
  case $version in
    22)
      # The same unit tests, which also search for secrets.
      suite "unit tests with the sentinel (Node 22)" test:secrets
      step "install Java and build tools" bash scripts/ci/install-tools.sh java build
      suite "recovery with real Kafka (Node 22)" test:kafka test/kafka/recovery
      ;;
    24)
      suite "unit tests (Node 24)" test
      step "install Java and build tools" bash scripts/ci/install-tools.sh java build
      suite "real Kafka (Node 24)" test:kafka test/kafka/kafkajs test/kafka/nestjs \
        test/kafka/platformatic test/kafka/confluent test/kafka/rotation
      # node-rdkafka would have to be built for this version of Node too, which takes minutes.
      suite "librdkafka with real Kafka (Node 24)" test:kafka test/kafka/librdkafka -t @confluentinc
      ;;
  esac
fi
rm -rf "$folder"
