#!/usr/bin/env bash
# Beside the server, every few seconds: an account and a folder for each tenant that the database has come to know, and
# an end to the sessions of keys that have been removed. While the database is away, everything stays as it is.
set -uo pipefail
here=$(dirname "$0")
# shellcheck source=accounts.sh
source "$here/accounts.sh"
export PGSERVICEFILE=$state/pg_service.conf
shopt -s nullglob

add_new_tenants() {
  local names name
  names=$(psql service=tidemark -XqAt <<<'SELECT tidemark.sftp_tenants()') || return
  awk -F: 'NR == FNR { known[$1]; next } !($1 in known)' /etc/passwd <(echo "$names") | while read -r name; do
    if is_tenant_name "$name"; then tenant "$name"; fi
  done
}

# sshd leaves a file for each session, owned by its account, that names the key (ExposeAuthInfo). Other sessions of the
# tenant end as well: its clients log in again with keys that are still good.
end_sessions_of_removed_keys() {
  local file name key lines
  for file in /tmp/sshauth.*; do
    name=$(stat -c %U "$file" 2>/dev/null) && [ "$(stat -c %u "$file")" -ge "$first_tenant_id" ] || continue
    key=$(awk '$1 == "publickey" { print $3 }' "$file" 2>/dev/null)
    lines=$(bash "$here/authorized-keys.sh" "$state" "$name") || return
    lines="$lines $(cat "$state/authorized_keys/$name" 2>/dev/null)"
    case " ${lines//$'\n'/ } " in *" $key "*) continue ;; esac
    echo "ending the sessions of $name: a key of theirs was removed"
    end_processes_of "$name"
    rm -f "$file"
  done
}

end_processes_of() {
  local id process
  id=$(id -u "$1") || return
  for process in /proc/[0-9]*; do
    [ "$(stat -c %u "$process" 2>/dev/null)" != "$id" ] || kill "${process#/proc/}"
  done
}

well=yes
while true; do
  if add_new_tenants && end_sessions_of_removed_keys; then
    well=yes
  elif [ "$well" = yes ]; then
    echo "the database can't be asked for tenants and keys; trying on quietly" >&2
    well=no
  fi
  sleep "${SFTP_SYNC_SECONDS:-3}"
done
