#!/usr/bin/env bash
# `make run` as on a fresh machine: started twice with a folder of its own, the home page asked for, stopped.
set -euo pipefail
cd "$(dirname "$0")/.."
make --no-print-directory env

free_port='import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
get_page='import sys, urllib.request as u; r = u.urlopen(sys.argv[1], timeout=5); sys.exit("<html" not in r.read().decode())'
JINGBAN_VAR=$(mktemp -d)
export JINGBAN_VAR
PORT=$(.venv/bin/python -c "$free_port")
export PORT
server=

stop() {
  [[ -z $server ]] || kill -- "-$server" 2>/dev/null || true
  [[ -z $server ]] || wait "$server" 2>/dev/null || true
  server=
}
trap 'stop; rm -rf "$JINGBAN_VAR"' EXIT

start() { # SECONDS
  set -m
  make --no-print-directory run >"$JINGBAN_VAR/run.log" 2>&1 &
  server=$!
  set +m
  for ((second = 0; second < $1; second++)); do
    if .venv/bin/python -c "$get_page" "http://127.0.0.1:$PORT/" 2>/dev/null; then
      echo "== make run：第 $2 次，$second 秒后首页可见"
      return
    fi
    kill -0 "$server" 2>/dev/null || break
    sleep 1
  done
  cat "$JINGBAN_VAR/run.log" >&2
  echo "== make run 没有在 $1 秒内给出首页" >&2
  exit 1
}

start 180 1
stop
start 60 2
stop
