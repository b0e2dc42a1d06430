#!/usr/bin/env bash
# To be sourced: functions that create accounts. A tenant's account sees only /exports/<tenant-id>, read-only. Each tenant has
# its own chroot, so that a tenant can't find out which other tenants exist.
#
# The names of this server's accounts and groups begin with an underscore, and no tenant id does. A tenant has an account, but
# no group of its name, so a tenant id can't become the name of a group in sshd_config.
# Letters are ASCII letters in every locale.
export LC_ALL=C
state=${SFTP_STATE:-/var/lib/tidemark-sftp}
data=${SFTP_DATA:-/srv/sftp}
writer=_tidemark
writer_id=2000
keys_account=_tidemark-keys
keys_id=2001
# The user that records fetches. It has no account.
recorder_id=2002
log_folder=$data/.log
writers_group=_sftp-writers
tenants_group=_sftp-tenants
keys_group=_sftp-keys
first_tenant_id=3000
ids=$state/ids

# fetches_password: prints the password of the login that records fetches, or nothing if they are not recorded.
fetches_password() {
  if [ -n "${SFTP_FETCHES_PASSWORD_FILE:-}" ]; then cat "$SFTP_FETCHES_PASSWORD_FILE"; else echo "${SFTP_FETCHES_PASSWORD:-}"; fi
}

# add_account NAME ID GROUP: written as lines, since useradd takes at most 32 characters and a tenant id may be a UUID.
add_account() {
  local line
  line=$(account_line "$1" "$2")
  join_group "$3" "$1" || return
  # This is the last step, so that a login finds the complete account.
  grep -qxF "$line" /etc/passwd || echo "$line" >>/etc/passwd
}

# `*` is no password. An account that is locked with `!` could not log in by key either.
account_line() {
  echo "$1:*:$2:$2::/:/usr/sbin/nologin"
}

# join_group GROUP NAME: makes NAME a member. Names are compared as text: a dot in a name is no pattern.
join_group() {
  awk -F: -v OFS=: -v group="$1" -v name="$2" '
    ($1 "") == (group "") && index("," $4 ",", "," name ",") == 0 { $4 = $4 == "" ? name : $4 "," name }
    { print }' /etc/group >/etc/group.tidemark && replace /etc/group
}

# remove_lines FILE NAME:NUMBER…: removes lines from /etc/passwd or /etc/group. Name and number must both match, because
# another user of the machine may have the same name.
remove_lines() {
  local file=$1 unwanted
  shift
  unwanted=" $* "
  awk -F: -v unwanted="$unwanted" 'index(unwanted, " " $1 ":" $3 " ") == 0' "$file" >"$file.tidemark" && replace "$file"
}

# replace FILE: replaces it atomically, because sshd reads the file at each login.
replace() {
  chmod 0644 "$1.tidemark" && mv "$1.tidemark" "$1"
}

# number_of NAME: prints the tenant's number, or nothing. It compares text, because for awk 1000 and 1e3 are the same number.
number_of() {
  awk -v name="$1" '($1 "") == (name "") { print $2 }' "$ids"
}

# id_of NAME: prints a number that is unique on this machine and never reused. Otherwise another tenant would get the files of
# a removed tenant.
id_of() {
  local known
  known=$(number_of "$1")
  if [ -z "$known" ]; then
    known=$(awk -v first="$first_tenant_id" '
      { split($0, fields, FILENAME == ARGV[1] ? " " : ":"); used[fields[FILENAME == ARGV[1] ? 2 : 3]] }
      END { for (id = first; id in used; id++); print id }' "$ids" /etc/passwd /etc/group) || return
    echo "$1 $known" >>"$ids"
  fi
  echo "$known"
}

# Whether NAME may be a tenant's account: it has the form of a tenant id, and is not a name of the system.
is_tenant_name() {
  [[ ${#1} -le 63 && $1 =~ ^[A-Za-z0-9]([A-Za-z0-9_-]|[.][A-Za-z0-9_-])*$ ]] && ! is_system_name "$1"
}

# is_system_name NAME: an account or a group has the name, and it is not the one that this script made for the tenant.
is_system_name() {
  local number
  number=$(number_of "$1")
  ! awk -F: -v name="$1" -v number="$number" -v account="$(account_line "$1" "$number")" '
    ($1 "") != (name "") { next }
    FILENAME == "/etc/passwd" && $0 != account { exit 1 }
    # Earlier releases gave each tenant a group of its name and number.
    FILENAME == "/etc/group" && ($3 "") != (number "") { exit 1 }' /etc/passwd /etc/group
}

# give FOLDER ID: to the writer, for the group to read. The s passes the group on to everything that the writer makes
# below. The plus, here and in as_writer, means a number: a tenant may have one for its name.
# The writer may swap a file for a link at any moment. So root changes owners from within each folder and follows no
# link, and the modes are changed as the writer, which can change only its own files.
give() {
  find -P "$1" -execdir chown -h "+$writer_id:+$2" {} + || return
  as_writer "$2" find -P "$1" -type d -execdir chmod 2750 {} + || return
  as_writer "$2" find -P "$1" -type f -execdir chmod 0640 {} +
}

# as_writer ID COMMAND…: as the writer, with the tenant's group.
as_writer() {
  local group=$1
  shift
  (cd / && setpriv --reuid "+$writer_id" --regid "+$group" --clear-groups "$@")
}

# link_log NAME: gives the sessions of a tenant the socket of the log, if fetches are recorded. It is the same socket for all.
link_log() {
  local chroot=$data/tenants/$1
  [ -S "$log_folder/log" ] && [ -d "$chroot" ] || return 0
  [ "$chroot/dev/log" -ef "$log_folder/log" ] && return
  mkdir -p "$chroot/dev" && chmod 0755 "$chroot/dev" && ln -f "$log_folder/log" "$chroot/dev/log"
}

# tenant NAME: its folder, then its account. sshd requires that a chroot and all folders above it belong to root, so the
# writer can't make <tenants>/<name>/exports/<name>: this function does.
tenant() {
  local id chroot=$data/tenants/$1
  local folder=$chroot/exports/$1 new=$chroot/exports/.new
  id=$(id_of "$1") || return
  mkdir -p "$chroot/exports" && chmod 0755 "$chroot" "$chroot/exports" || return
  if [ ! -e "$folder" ]; then
    # The place of the folders in earlier releases, without a chroot for each tenant.
    if [ -d "$data/exports/$1" ]; then mv -T "$data/exports/$1" "$new"; else mkdir -p "$new"; fi || return
    # The writer waits for the name, so everything must be ready by then.
    give "$new" "$id" && mv -T "$new" "$folder" || return
  fi
  [ "$(stat -c %g:%a "$folder")" = "$id:2750" ] || give "$folder" "$id" || return
  link_log "$1" || echo "fetches of $1 are not recorded: its folder dev could not be made" >&2
  add_account "$1" "$id" "$tenants_group" || return
  echo "tenant $1 reads /exports/$1"
}
