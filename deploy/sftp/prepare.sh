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
  refuse_placeholder PGPASSWORD "$password"
  write_service "$state/pg_service.conf" "$keys_id" tidemark "${PGUSER:-tidemark_sftp}" "$password"
}

# The login that records fetches, if they are recorded. Without it, sessions have no log.
write_fetches_service() {
  local password
  password=$(fetches_password)
  if [ -z "$password" ]; then
    remove_logs
    return
  fi
  refuse_placeholder SFTP_FETCHES_PASSWORD "$password"
  mkdir -p "$state/fetches"
  write_service "$state/fetches/pg_service.conf" "$recorder_id" tidemark-fetches tidemark_fetches "$password"
}

# write_service FILE GROUP NAME USER PASSWORD
write_service() {
  install -m 0600 /dev/null "$1"
  chown "+0:+$2" "$1"
  printf '%s\n' "[$3]" "host=$PGHOST" "port=${PGPORT:-5432}" "dbname=${PGDATABASE:-tidemark}" \
    "user=$4" "password=$5" connect_timeout=3 tcp_user_timeout=5000 application_name=tidemark-sftp >"$1"
  chmod 0640 "$1"
}

# remove_logs: what fetches.sh and link_log have made while fetches were recorded.
remove_logs() {
  local chroot
  rm -rf "$log_folder"
  for chroot in "$data"/tenants/*; do
    [ -d "$chroot/dev" ] || continue
    rm -f "$chroot/dev/log"
    rmdir "$chroot/dev" || true
  done
}

# refuse_placeholder NAME PASSWORD
refuse_placeholder() {
  case ${2,,} in
  change-me* | changeme*)
    echo "$1 is a placeholder: set your own password, also as $1_FILE" >&2
    exit 1
    ;;
  esac
}

# The notes of an earlier start, whose sessions have ended.
clear_sessions() {
  rm -rf "$state/sessions"
  # The user that records fetches reads them.
  install -d -m 0750 "$state/sessions"
  chown "+$keys_id:+$recorder_id" "$state/sessions"
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
rm -f "$state/fetches/pg_service.conf"
if [ -n "${PGHOST:-}" ]; then
  write_database_service
  write_fetches_service
fi
clear_sessions
install_key_files
while read -r name _; do
  if is_tenant_name "$name"; then make_tenant "$name"; fi
done < <(cat "$ids")
