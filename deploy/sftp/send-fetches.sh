#!/usr/bin/env bash
# send-fetches.sh SPOOL SERVICE: gives what read-fetches.pl has written to the database, in order. A file is removed when all its
# statements are committed. If that is not known, they are sent again: the database counts each fetch once.
set -uo pipefail
spool=$1
export PGSERVICEFILE=$2
shopt -s nullglob
errors=$spool/psql-errors
most_attempts=20
failing='' refused='' attempts=0

# send FILE
send() {
  timeout 20 psql service=tidemark-fetches -wXq1 -v ON_ERROR_STOP=1 -f "$1" >/dev/null 2>"$errors"
}

# refuse FILE: psql's exit code 3 means that the database refused a statement. After some attempts the file is set aside, so that
# it does not hold up the others. The last ten of such files are kept.
refuse() {
  if [ "$refused" != "$1" ]; then refused=$1 attempts=0; fi
  attempts=$((attempts + 1))
  [ "$attempts" -ge "$most_attempts" ] || return
  echo "The database refuses fetches. They are kept in $1.refused and not sent again. Cause: $(tr '\n' ' ' <"$errors")" >&2
  mv "$1" "$1.refused"
  local old=("$spool"/*.refused)
  while [ "${#old[@]}" -gt 10 ]; do
    rm -f "${old[0]}"
    old=("${old[@]:1}")
  done
}

# Logs the first failure, and the next success.
note_failure() {
  [ -n "$failing" ] || echo "Fetches can't be recorded. They are kept, and sent again every few seconds. Cause: $(tr '\n' ' ' <"$errors")" >&2
  failing=yes
}

note_success() {
  [ -z "$failing" ] || echo "Fetches are recorded again." >&2
  failing=''
}

while true; do
  for file in "$spool"/*.sql; do
    send "$file"
    code=$?
    if [ "$code" -eq 0 ]; then
      rm -f "$file"
      note_success
      continue
    fi
    note_failure
    if [ "$code" -eq 3 ]; then refuse "$file"; fi
    break
  done
  sleep "${SFTP_SYNC_SECONDS:-3}"
done
