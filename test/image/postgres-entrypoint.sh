#!/usr/bin/env bash
# The stand-in's way to start, like that of the official image: a first start makes the superuser. Any other command is run as it is.
set -euo pipefail
[ $# -gt 0 ] && exec "$@"
as_postgres() { setpriv --reuid postgres --regid postgres --init-groups env PATH="/usr/local/pgsql/bin:$PATH" "$@"; }
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  mkdir -p "$PGDATA"
  chown -R postgres:postgres /var/lib/postgresql
  chmod 0700 "$PGDATA"
  as_postgres bash -c 'umask 077; printf %s "$POSTGRES_PASSWORD" >/tmp/password'
  as_postgres initdb --pgdata "$PGDATA" --username "${POSTGRES_USER:-postgres}" --pwfile /tmp/password --auth scram-sha-256 \
    --encoding UTF8 --locale-provider builtin --builtin-locale C.UTF-8 --locale C >/dev/null
  rm /tmp/password
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
fi
exec setpriv --reuid postgres --regid postgres --init-groups /usr/local/pgsql/bin/postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/tmp
