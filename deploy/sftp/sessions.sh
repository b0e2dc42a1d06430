#!/usr/bin/env bash
# To be sourced: the open sessions of tenants, according to the list of processes. For each session, sshd has a process of
# root that watches it, and a child process of the tenant.

# open_sessions [NUMBER]: prints a line `<tenant's number> <watching process>` for each session, of one tenant or of all.
open_sessions() {
  # The file of a process that has just ended is missing.
  cat /proc/[0-9]*/status 2>/dev/null | awk -v wanted="${1:-}" -v first=3000 '
    $1 == "Name:" { name = $2 }
    $1 == "Pid:" { pid = $2; command[pid] = name }
    $1 == "PPid:" { parent[pid] = $2 }
    $1 == "Uid:" { user[pid] = $2 }
    END {
      for (pid in user) {
        above = parent[pid]
        if (user[pid] < first || (wanted != "" && user[pid] != wanted)) continue
        if (command[above] ~ /^sshd/ && user[above] == 0) print user[pid], above
      }
    }' || return 0
}

# began_at PROCESS: prints its start time in ticks since the system's start, or nothing if it has ended.
began_at() {
  local stat fields
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
  read -r -a fields <<<"${stat##*) }"
  echo "${fields[19]}"
}
