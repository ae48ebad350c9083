#!/usr/bin/env bash
# Pin all packages by version and hash: requirements.lock for the product, requirements-dev.lock
# for tests and checks too. `make lock` calls this; UPGRADE=1 takes newer versions.
set -euo pipefail
cd "$(dirname "$0")/.."

compile=(.venv/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras
  --build-deps-for=editable --no-emit-index-url --no-emit-trusted-host --no-emit-options
  --no-header --no-annotate)
[ -z "${UPGRADE:-}" ] || compile+=(--upgrade)

"${compile[@]}" --output-file requirements.lock pyproject.toml
"${compile[@]}" --extra dev --constraint requirements.lock \
  --output-file requirements-dev.lock pyproject.toml
