import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { readEnvironment } from '../../../src/config/env.js'

const run = promisify(execFile)

/** Whether tests can run against OpenSSH's server on this machine, and where it is or why not. */
export type OpenSshAvailability =
  { readonly available: true; readonly sshd: string } | { readonly available: false; readonly reason: string }

let availability: Promise<OpenSshAvailability> | undefined

/** Finds sshd, or installs Debian's openssh-server where that is missing and we are root. Asked once per process. */
export function openSshAvailability(): Promise<OpenSshAvailability> {
  return (availability ??= findOrInstall())
}

async function findOrInstall(): Promise<OpenSshAvailability> {
  const found = await findSshd()
  if (found) return { available: true, sshd: found }
  if (userInfo().uid !== 0) return { available: false, reason: 'sshd is missing, and only root may install it' }
  if (!(await findOnPath('apt-get'))) return { available: false, reason: 'sshd is missing, and so is apt-get' }
  const failure = await install().then(
    () => undefined,
    (error: Error) => error.message,
  )
  const installed = await findSshd()
  if (installed) return { available: true, sshd: installed }
  return { available: false, reason: `sshd is missing, and installing it failed: ${failure ?? 'no sshd afterwards'}` }
}

/**
 * Installs openssh-server, one test process at a time (`flock` on a folder leaves no file behind).
 * Nothing listens afterwards: the package is kept from starting its service now (policy-rc.d) and at boot.
 */
async function install(): Promise<void> {
  const script = `
    set -e
    [ -x /usr/sbin/sshd ] && exit 0
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
      trap 'rm -f "$policy"' EXIT
      printf '#!/bin/sh\\nexit 101\\n' > "$policy"
      chmod 755 "$policy"
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get -o DPkg::Lock::Timeout=120 update
    apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends openssh-server
    if command -v systemctl > /dev/null; then systemctl disable ssh.service ssh.socket || true; fi`
  console.info("OpenSSH's server is missing: installing Debian's openssh-server")
  await run('flock', ['/var/lib/apt', 'sh', '-c', script], { timeout: 300_000, maxBuffer: 16 * 1024 * 1024 })
}

async function findSshd(): Promise<string | undefined> {
  // sshd insists on being started by its absolute path; sbin is often not on an ordinary user's PATH.
  return findOnPath('sshd', ['/usr/sbin', '/usr/local/sbin'])
}

async function findOnPath(program: string, first: readonly string[] = []): Promise<string | undefined> {
  const folders = [...first, ...(readEnvironment()['PATH'] ?? '').split(delimiter)]
  for (const folder of folders.filter((each) => each.startsWith('/'))) {
    const file = join(folder, program)
    const executable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (executable) return file
  }
  return undefined
}
