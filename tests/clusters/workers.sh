#!/usr/bin/env bash
# Prepares what tests of worker environments need, in .workers: an environment with the libraries that requirements.txt
# pins and without langloom, and Beam's boot program, which installs what a job brings along before it starts a worker.
#
#   workers.sh BEAM_VERSION    needs Go
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p .workers
if ! cmp -s requirements.txt .workers/requirements.txt; then
  rm -rf .workers/libraries
  "${PYTHON:-python3.11}" -m venv .workers/libraries
  .workers/libraries/bin/pip install --quiet --constraint requirements.txt --editable ".[dev]"
  .workers/libraries/bin/pip uninstall --quiet --yes langloom
  cp requirements.txt .workers/requirements.txt
fi
if [ ! -x .workers/boot ]; then
  GOBIN=$PWD/.workers GOFLAGS=-mod=mod CGO_ENABLED=0 go install "github.com/apache/beam/sdks/v2/python/container@v$1"
  mv .workers/container .workers/boot
fi
