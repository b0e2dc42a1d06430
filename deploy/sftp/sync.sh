#!/usr/bin/env bash
# Runs beside the server, every few seconds. It creates an account and a folder for each new tenant in the database. It ends
# the sessions of removed keys, and those above the limit for one tenant. During an outage of the database, accounts and keys
# do not change.
set -uo pipefail
here=$(dirname "$0")
# shellcheck source=accounts.sh
source "$here/accounts.sh"
# shellcheck source=sessions.sh
source "$here/sessions.sh"
# shellcheck source=key-files.sh
source "$here/key-files.sh"
export PGSERVICEFILE=$state/pg_service.conf
limit=$SFTP_TENANT_SESSIONS
errors=$state/psql-errors
declare -A failing=() told=()
shopt -s nullglob

# ask WHAT SQL: puts the result into `answer`. It logs the first failure of a query, and the next success.
ask() {
  if answer=$(timeout 10 psql service=tidemark -XqAt -v ON_ERROR_STOP=1 <<<"$2" 2>"$errors"); then
    if [ -n "${failing[$1]:-}" ]; then echo "The database answers the query for $1 again." >&2; fi
    unset "failing[$1]"
    return 0
  fi
  if [ -z "${failing[$1]:-}" ]; then
    echo "The query for $1 failed. sync.sh tries again every few seconds. Cause: $(tr '\n' ' ' <"$errors")" >&2
  fi
  failing[$1]=yes
  return 1
}

add_new_tenants() {
  local name
  ask tenants 'SELECT tidemark.sftp_tenants()' || return
  while read -r name; do
    if ! is_tenant_name "$name"; then
      tell_once "tenant $name gets no account: an account or a group of the system has this name"
    elif ! tenant "$name"; then
      tell_once "tenant $name has no account yet: its folder or its account could not be made"
    fi
  done < <(without_account <<<"$answer")
}

tell_once() {
  [ -n "${told[$1]:-}" ] || echo "$1" >&2
  told[$1]=yes
}

# without_account: prints the names of its input that have no account with the tenant's number.
without_account() {
  awk -F: '
    FILENAME == ARGV[1] { split($0, line, " "); number[line[1]] = line[2] }
    FILENAME == ARGV[2] && ($1 in number) && ($3 "") == (number[$1] "") { known[$1] }
    FILENAME == "-" && $0 != "" && !($0 in known)' "$ids" /etc/passwd -
}

# authorized-keys.sh writes a note for each login: the tenant, the key, and the start time of the process that watches the
# session, because process ids are reused. One query covers all notes.
end_sessions_of_removed_keys() {
  local note process name key began values=()
  declare -A began_of=()
  for note in "$state"/sessions/[0-9]*; do
    process=$(basename "$note")
    read -r name key began <"$note" || continue
    if [ "$(began_at "$process")" != "$began" ]; then
      rm -f "$note"
    elif [[ $name =~ ^[A-Za-z0-9_.-]+$ && $key =~ ^SHA256:[A-Za-z0-9+/]+$ ]]; then
      values+=("($process, '$name', '$key')")
      began_of[$process]=$began
    fi
  done
  [ "${#values[@]}" -gt 0 ] || return 0
  ask keys "SELECT process || ' ' || name || ' ' || key FROM (VALUES $(IFS=, && echo "${values[*]}")) AS open (process, name, key)
    WHERE NOT EXISTS (SELECT FROM tidemark.authorized_keys(name, key))" || return
  while read -r process name key; do
    if [ -z "$process" ] || [ -n "$(key_in_file "$name" "$key")" ]; then continue; fi
    if [ "$(began_at "$process")" != "${began_of[$process]}" ]; then continue; fi
    echo "ending a session of $name: its key $key was removed"
    kill "$process" 2>/dev/null
  done <<<"$answer"
}

# A login counts the sessions that are already open. Concurrent logins do not see one another, so this function ends the
# newest sessions above the limit.
end_sessions_above_the_limit() {
  local name process
  while read -r name process; do
    echo "ending a session of $name: a tenant may have $limit at the same time (SFTP_TENANT_SESSIONS)"
    kill "$process" 2>/dev/null
  done < <(open_sessions | while read -r number process; do
    echo "$(began_at "$process") $number $process"
  done | sort -n | awk -v limit="$limit" '
    FILENAME == ARGV[1] { name[$2] = $1; next }
    ($2 in name) && ++open[$2] > limit { print name[$2], $3 }' "$ids" -)
}

log_refused_logins() {
  local file=$state/sessions/.refused
  [ -e "$file" ] || return 0
  mv "$file" "$file.read"
  sort "$file.read" | uniq -c | while read -r times name; do
    echo "$name was refused $times times: a tenant may have $limit sessions at the same time (SFTP_TENANT_SESSIONS)"
  done
}

# A failure of one step must not prevent the others.
while true; do
  if [ -f "$PGSERVICEFILE" ]; then
    add_new_tenants
    end_sessions_of_removed_keys
  fi
  end_sessions_above_the_limit
  log_refused_logins
  sleep "${SFTP_SYNC_SECONDS:-3}"
done
