#!/usr/bin/env bash
# For sourcing, with `state` set: the keys that the operator keeps in files rather than in the database.

# key_in_file NAME FINGERPRINT: the file's lines if the key is among them, otherwise nothing.
key_in_file() {
  local file=$state/authorized_keys/$1
  [ -r "$file" ] || return 0
  if ssh-keygen -lf "$file" 2>/dev/null | grep -qF " $2 "; then cat "$file"; fi
}
