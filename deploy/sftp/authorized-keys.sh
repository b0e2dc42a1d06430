#!/usr/bin/env bash
# sshd's AuthorizedKeysCommand: authorized-keys.sh STATE NAME [FINGERPRINT] prints the lines with which an account may log
# in, asked of the database each time, so that a key works and stops working at once. Nothing for names of nobody.
set -euo pipefail
[[ ${2:-} =~ ^[a-z0-9][a-z0-9_-]{0,62}$ ]] || exit 0
export PGSERVICEFILE=$1/pg_service.conf
[ -r "$PGSERVICEFILE" ] || exit 0
# Quoted by psql, from its input: an argument of `-c` would not be.
lines=$(psql service=tidemark -XqAt -v ON_ERROR_STOP=1 -v "name=$2" -v "shown=${3:-}" <<<"SELECT tidemark.authorized_keys(:'name', nullif(:'shown', ''))")
# The process that asks is the one that will watch over the session. sync.sh ends it when the key is removed: the last
# key that was asked about is the one that logs in.
sessions=$1/sessions
if [ -w "$sessions" ] && [ -n "${3:-}" ]; then
  stat=$(<"/proc/$PPID/stat")
  read -r -a fields <<<"${stat##*) }"
  if [ -n "$lines" ]; then echo "$2 $3 ${fields[19]}" >"$sessions/$PPID"; else rm -f "$sessions/$PPID"; fi
fi
printf '%s\n' "$lines"
