import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

/** What distinguishes a process from a later one with the same id. */
export interface ProcessInfo {
  /** The command and its arguments, joined by spaces. */
  readonly commandLine: string
  /** When it started. Stamps of the same machine can be compared. */
  readonly startStamp: string
}

/** Looks up a running process. Undefined if there is none, or only a zombie. */
export async function inspectProcess(pid: number): Promise<ProcessInfo | undefined> {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  return existsSync('/proc/self/stat') ? inspectByProc(pid) : inspectByPs(pid)
}

/** Whether the process ended within the time. It need not be a child of this process. */
export async function waitUntilGone(pid: number, milliseconds: number): Promise<boolean> {
  const deadline = Date.now() + milliseconds
  while ((await inspectProcess(pid)) !== undefined) {
    if (Date.now() >= deadline) return false
    await sleep(25)
  }
  return true
}

async function inspectByProc(pid: number): Promise<ProcessInfo | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The second field is the name in parentheses and can contain any text. The state follows the last parenthesis.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, startTicks] = [fields[0], fields[19]]
    if (state === 'Z' || state === 'X' || startTicks === undefined) return undefined
    const commandLine = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').join(' ').trim()
    // Ticks count from the boot, so the stamp includes the boot's id.
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
    return { commandLine, startStamp: `${boot}/${startTicks}` }
  } catch {
    return undefined
  }
}

async function inspectByPs(pid: number): Promise<ProcessInfo | undefined> {
  try {
    const { stdout } = await promisify(execFile)(
      'ps',
      ['-ww', '-o', 'stat=', '-o', 'lstart=', '-o', 'args=', '-p', String(pid)],
      { env: { PATH: '/bin:/usr/bin', LC_ALL: 'C' } },
    )
    const match = /^\s*(\S+)\s+(\w+ \w+\s+\d+ [\d:]+ \d{4})\s+(.*)$/s.exec(stdout)
    if (!match || match[1]?.startsWith('Z')) return undefined
    return { commandLine: (match[3] ?? '').trim(), startStamp: match[2] ?? '' }
  } catch {
    return undefined
  }
}
