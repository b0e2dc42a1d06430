#!/usr/bin/env bash
# For sourcing: how accounts are made. A tenant's account sees /exports/<tenant-id>, read-only, and nothing else: its
# chroot is a folder of its own, so that it can't even find out which other tenants there are.
state=${SFTP_STATE:-/var/lib/tidemark-sftp}
data=${SFTP_DATA:-/srv/sftp}
writer_id=2000
keys_id=2001
first_tenant_id=3000
ids=$state/ids

# account NAME ID GROUP: written as lines, since useradd takes 32 characters at most and a tenant's id may be a UUID.
# `*` is no password; an account locked with `!` could not log in by key either.
account() {
  grep -q "^$1:" /etc/passwd && return
  echo "$1:x:$2:" >>/etc/group
  sed -i "s/^\($3:.*:\)\(.*\)$/\1\2,$1/; s/^\($3:.*:\),/\1/" /etc/group
  # Last, so that nobody logs in before all is there.
  echo "$1:*:$2:$2::/:/usr/sbin/nologin" >>/etc/passwd
}

# number_of NAME: the one it has, or nothing. Compared as text: to awk 1000 and 1e3 are the same number.
number_of() {
  awk -v name="$1" '($1 "") == (name "") { print $2 }' "$ids"
}

# id_of NAME: a number of its own, for ever: one that was used again would hand a removed tenant's files to another.
id_of() {
  local known
  known=$(number_of "$1")
  if [ -z "$known" ]; then
    known=$((first_tenant_id + $(wc -l <"$ids")))
    echo "$1 $known" >>"$ids"
  fi
  echo "$known"
}

# The form of a tenant's id; and none of the system's own accounts: a tenant's has the number that we gave it.
is_tenant_name() {
  [[ $1 =~ ^[a-z0-9][a-z0-9_-]{0,62}$ ]] || return
  awk -F: -v "name=$1" -v "number=$(number_of "$1")" '($1 "") == (name "") && $3 != number { exit 1 }' /etc/passwd
}

# give FOLDER ID: to the writer, for the group to read, which passes on to everything the writer makes below: that is what
# the s is for. The plus means a number: a tenant may have one for its name.
give() {
  find -P "$1" -exec chown -h "+$writer_id:+$2" {} +
  find -P "$1" -type d -exec chmod 2750 {} +
  find -P "$1" -type f -exec chmod 0640 {} +
}

# tenant NAME: its folder, then its account. sshd wants a chroot to be root's, and everything above it, too; so it is
# not the writer who makes <tenants>/<name>/exports/<name>, but we.
tenant() {
  local id chroot=$data/tenants/$1
  local folder=$chroot/exports/$1 new=$chroot/exports/.new
  id=$(id_of "$1")
  mkdir -p "$chroot/exports"
  chmod 0755 "$chroot" "$chroot/exports"
  if [ ! -e "$folder" ]; then
    # Where folders lay before each tenant had a chroot of its own.
    if [ -d "$data/exports/$1" ]; then mv -T "$data/exports/$1" "$new"; else mkdir -p "$new"; fi
    # The writer waits for the name: by then all is as it must be.
    give "$new" "$id"
    mv -T "$new" "$folder"
  fi
  [ "$(stat -c %g:%a "$folder")" = "$id:2750" ] || give "$folder" "$id"
  account "$1" "$id" sftp-tenants
  echo "tenant $1 reads /exports/$1"
}
