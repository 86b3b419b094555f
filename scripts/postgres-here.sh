#!/usr/bin/env bash
# Runs a command against a PostgreSQL of its own: made in a temporary folder, reached by a socket only (DATABASE_URL),
# stopped and removed afterwards. PostgreSQL refuses to run as root, so root lends it to an unprivileged user.
#   scripts/postgres-here.sh --found              is there a PostgreSQL to run?
#   scripts/postgres-here.sh COMMAND [ARGUMENT]…
# POSTGRES_OPTIONS replaces the settings below, which are quick and forget everything at a power cut; without
# autovacuum, so that no plan that a test looks at depends on whether it has just passed by.
# POSTGRES_KEEP names a folder where the server's files are kept and found again (benches).
set -euo pipefail

bin=
for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) $(dirname "$(command -v initdb || echo /none/x)"); do
  if [[ -x $folder/initdb && -x $folder/postgres && -x $folder/pg_ctl ]]; then
    bin=$folder
    break
  fi
done
if [[ -z $bin ]]; then
  echo "没有找到 PostgreSQL。安装：apt-get install -y postgresql" >&2
  exit 3
fi
[[ ${1:-} != --found ]] || exit 0

as=()
home=${POSTGRES_KEEP:-$(mktemp -d "${TMPDIR:-/tmp}/jingban-pg.XXXXXX")}
mkdir -p "$home"
if [[ $EUID -eq 0 ]]; then
  user=$(getent passwd postgres >/dev/null && echo postgres || echo nobody)
  as=(runuser -u "$user" --)
  chown "$user" "$home"
fi

server() { (cd "$home" && "${as[@]}" "$bin/$1" "${@:2}"); }
end() {
  if [[ -n ${POSTGRES_KEEP:-} ]]; then
    server pg_ctl -D "$home/data" -m fast -t 600 stop >/dev/null 2>&1 || true
  else
    server pg_ctl -D "$home/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$home"
  fi
}
trap end EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

[[ -f $home/data/PG_VERSION ]] ||
  server initdb -D "$home/data" -U jingban --auth=trust --encoding=UTF8 --no-locale --no-sync >"$home.log" 2>&1 ||
  { cat "$home.log" >&2 && rm -f "$home.log" && exit 1; }
rm -f "$home.log"
options=${POSTGRES_OPTIONS:--c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off}
server pg_ctl -D "$home/data" -l "$home/log" -w -t 60 \
  -o "-c listen_addresses='' -c unix_socket_directories='$home' $options" start >/dev/null ||
  { cat "$home/log" >&2 && exit 1; }

DATABASE_URL="postgres://jingban@${home//\//%2F}/postgres" "$@"
