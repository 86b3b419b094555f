#!/usr/bin/env bash
# Compiles requirements/{base,analysis,dev}.txt from pyproject.toml: every version with its hashes, no registry named.
# pip installs what stands there with --require-hashes; uv only writes it, from an environment of its own.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=build/lock-tools
[[ -x $tools/bin/uv ]] || { .venv/bin/python -m venv "$tools" && "$tools/bin/pip" install --quiet uv; }

build_requires='import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")'
mkdir -p requirements
compile() {
  local name=$1
  shift
  .venv/bin/python -c "$build_requires" >"build/build-requires.in"
  "$tools/bin/uv" pip compile pyproject.toml build/build-requires.in --quiet --output-file "requirements/$name.txt" \
    --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate "$@"
}
compile base "$@"
# What runs in production is what was tested: the locks keep one another's versions.
compile dev --extra dev --extra analysis --constraint requirements/base.txt "$@"
compile analysis --extra analysis --constraint requirements/dev.txt "$@"
