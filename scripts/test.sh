#!/usr/bin/env bash
# The tests: all on SQLite, those that use the database on PostgreSQL again, then the journeys in a browser.
# What the machine lacks is left out with a word, or is a failure with REQUIRE_POSTGRES=1, REQUIRE_BROWSER=1 (CI).
set -euo pipefail
cd "$(dirname "$0")/.."
unset PYTHONDONTWRITEBYTECODE # without bytecode every process would compile the program and the tests anew

reports=build/tests
rm -rf "$reports"
mkdir -p "$reports"

run() { # NAME ARGUMENT…
  echo "== $1"
  .venv/bin/python -m pytest -q --junitxml="$reports/$1.xml" -o junit_suite_name="$1" "${@:2}"
}
lacking() { # REQUIRE_… TEXT
  echo "== 未运行：$2" >&2
  [[ ${!1:-} != 1 ]] || exit 1
}
parallel=(-n "${WORKERS:-auto}" --dist worksteal)

(unset DATABASE_URL && run sqlite "${parallel[@]}" -m "not browser")

if [[ ${DATABASE_URL:-} == postgres* ]]; then
  run postgres "${parallel[@]}" -m "not browser" --only-database
elif scripts/postgres-here.sh --found; then
  export -f run && export reports
  scripts/postgres-here.sh bash -euo pipefail -c 'run postgres "$@"' - "${parallel[@]}" -m "not browser" --only-database
else
  lacking REQUIRE_POSTGRES "PostgreSQL 上的测试"
fi

chromium=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [[ -n $chromium ]]; then
  (unset DATABASE_URL && CHROMIUM=$chromium run browser -n "${WORKERS:-auto}" --dist loadfile tests/browser)
else
  lacking REQUIRE_BROWSER "浏览器测试（安装：apt-get install -y chromium libatomic1）"
fi

.venv/bin/python scripts/test_totals.py "$reports"
