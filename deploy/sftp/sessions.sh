#!/usr/bin/env bash
# For sourcing: the sessions that tenants have open, as the system's processes show them. For each connection that has
# logged in, sshd has a process of root's that watches, with a child that runs as the tenant.

# open_sessions [NUMBER]: a line `<tenant's number> <process that watches>` for each session, of one tenant or of all.
open_sessions() {
  # A process that ends meanwhile has no file any more.
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

# began_at PROCESS: when it began, in ticks since the system's start; nothing if it has ended.
began_at() {
  local stat fields
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
  read -r -a fields <<<"${stat##*) }"
  echo "${fields[19]}"
}
