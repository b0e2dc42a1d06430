#!/usr/bin/env bash
# Runs at every start, before the server. It creates the writer's account, the account that reads keys from the database, and
# one account for each tenant that has a file <tenant-id>.pub or had an account before.
set -euo pipefail
here=$(dirname "$0")
# shellcheck source=accounts.sh
source "$here/accounts.sh"
tenants=${SFTP_TENANTS:-/etc/tidemark-sftp/tenants}

# The server's groups are written again at each start, so that their members are correct. Earlier releases used names that a
# tenant can have. Those lines are removed.
make_own_accounts() {
  remove_lines /etc/passwd "tidemark:$writer_id" "tidemark-keys:$keys_id"
  remove_lines /etc/group "tidemark:$writer_id" "tidemark-keys:$keys_id" \
    sftp-keys:1997 sftp-writers:1998 sftp-tenants:1999 \
    "$writer:$writer_id" "$keys_account:$keys_id" "$keys_group:1997" "$writers_group:1998" "$tenants_group:1999"
  printf '%s\n' "$writer:x:$writer_id:" "$keys_account:x:$keys_id:" \
    "$keys_group:x:1997:" "$writers_group:x:1998:" "$tenants_group:x:1999:" >>/etc/group
  add_account "$writer" "$writer_id" "$writers_group"
  add_account "$keys_account" "$keys_id" "$keys_group"
}

# The writer's chroot. The writer can enter each tenant's folder, but can't list their names.
make_root_folder() {
  mkdir -p "$data/tenants"
  chown root:root "$data" "$data/tenants"
  chmod 0755 "$data"
  chmod 0711 "$data/tenants"
}

# psql's connection settings, for root and for the account that reads keys, because sshd passes no environment to its
# commands. The timeouts are a few seconds, so that neither a login nor sync.sh waits for a database that is down.
write_database_service() {
  local password=${PGPASSWORD:-}
  if [ -n "${PGPASSWORD_FILE:-}" ]; then password=$(<"$PGPASSWORD_FILE"); fi
  refuse_placeholder "$password"
  install -m 0600 /dev/null "$state/pg_service.conf"
  chown "+0:+$keys_id" "$state/pg_service.conf"
  printf '%s\n' '[tidemark]' "host=$PGHOST" "port=${PGPORT:-5432}" "dbname=${PGDATABASE:-tidemark}" \
    "user=${PGUSER:-tidemark_sftp}" "password=$password" connect_timeout=3 tcp_user_timeout=5000 \
    application_name=tidemark-sftp >"$state/pg_service.conf"
  chmod 0640 "$state/pg_service.conf"
}

refuse_placeholder() {
  case ${1,,} in
  change-me* | changeme*)
    echo "PGPASSWORD is a placeholder: set your own password, also as PGPASSWORD_FILE" >&2
    exit 1
    ;;
  esac
}

# The notes of an earlier start, whose sessions have ended.
clear_sessions() {
  rm -rf "$state/sessions"
  install -d -m 0700 "$state/sessions"
  chown "+$keys_id:+$keys_id" "$state/sessions"
}

# make_tenant NAME: a failure for one tenant must not affect the others.
make_tenant() {
  tenant "$1" || echo "tenant $1 has no account: its folder or its account could not be made" >&2
}

# A tenant whose file was removed can't log in with it any more.
install_key_files() {
  local key name
  # The writer's own, under its name of earlier releases.
  if [ ! -e "$state/authorized_keys/$writer" ] && [ -e "$state/authorized_keys/tidemark" ]; then
    mv "$state/authorized_keys/tidemark" "$state/authorized_keys/$writer"
  fi
  find "$state/authorized_keys" -type f ! -name "$writer" -delete
  for key in "$tenants"/*.pub; do
    [ -e "$key" ] || continue
    name=$(basename "$key" .pub)
    if is_tenant_name "$name"; then
      make_tenant "$name"
      install -m 0644 "$key" "$state/authorized_keys/$name"
    else
      echo "skipped $key: $name is not a name that a tenant's account can have" >&2
    fi
  done
}

touch "$ids"
make_own_accounts
make_root_folder
if [ -n "${PGHOST:-}" ]; then write_database_service; fi
clear_sessions
install_key_files
while read -r name _; do
  if is_tenant_name "$name"; then make_tenant "$name"; fi
done < <(cat "$ids")
