#!/usr/bin/env bash
# Installs the named tools on Debian, as root or with sudo, unless they exist: java, python,
# build, kcat, prometheus, chromium.
set -euo pipefail

install_packages() {
  local missing=() root=()
  for package in "$@"; do
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then return; fi
  if [ "$(id -u)" -ne 0 ]; then root=(sudo); fi
  "${root[@]}" apt-get update -qq
  "${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

exists() { command -v "$1" >/dev/null; }

for tool in "$@"; do
  case $tool in
    # Runs Apache Kafka, which Maven downloads unless KAFKA_HOME is set.
    java)
      if ! exists java || { ! exists mvn && [ -z "${KAFKA_HOME:-}" ]; }; then
        install_packages openjdk-17-jdk-headless maven
      fi
      ;;
    # Runs the official Python client.
    python) python3 -c 'import venv, ensurepip' 2>/dev/null || install_packages python3 python3-venv ;;
    # Builds @confluentinc/kafka-javascript and node-rdkafka.
    build)
      if ! exists g++ || ! exists make || ! exists python3; then
        install_packages build-essential python3
      fi
      install_packages libssl-dev zlib1g-dev libzstd-dev libsasl2-dev libcurl4-openssl-dev liblz4-dev
      ;;
    kcat) install_packages kcat ;;
    # Also contains promtool.
    prometheus) install_packages prometheus ;;
    chromium) exists google-chrome || install_packages chromium ;;
    *)
      echo "Unknown tool: $tool" >&2
      exit 2
      ;;
  esac
done
