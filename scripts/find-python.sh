#!/usr/bin/env bash
# Prints the newest proven Python (3.11 first) that can build an environment, or the one line that installs it.
set -euo pipefail

able='import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'
for python in ${PYTHON:-python3.11 python3.12 python3.13 python3.14 python3}; do
  if "$python" -c "$able" 2>/dev/null; then
    command -v "$python"
    exit
  fi
done

sudo=$([[ $EUID -eq 0 ]] || echo "sudo ")
{
  echo "缺少 Python 3.11 以上版本（含 venv）。请执行这一行后再试："
  if command -v apt-get >/dev/null; then
    echo "  ${sudo}apt-get update && ${sudo}apt-get install -y python3 python3-venv"
  elif command -v dnf >/dev/null; then
    echo "  ${sudo}dnf install -y python3.11"
  else
    echo "  安装 Python 3.11，再执行 make env PYTHON=/它的/路径"
  fi
} >&2
exit 1
