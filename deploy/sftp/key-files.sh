#!/usr/bin/env bash
# To be sourced, with `state` set: the keys that the operator stores in files and not in the database.

# key_in_file NAME FINGERPRINT: the file's lines if the key is among them, otherwise nothing.
key_in_file() {
  local file=$state/authorized_keys/$1
  [ -r "$file" ] || return 0
  if ssh-keygen -lf "$file" 2>/dev/null | grep -qF " $2 "; then cat "$file"; fi
}
