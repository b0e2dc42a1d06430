import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, rm } from 'node:fs/promises'
import { inspectProcess, waitUntilGone } from './process-info.js'

/** The user and group that a process runs as. */
export interface ProcessUser {
  readonly uid: number
  readonly gid: number
}

export interface SpawnOptions {
  readonly command: string
  readonly args: readonly string[]
  /** The whole environment of the process. It inherits no variable. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The file to which its output is appended. */
  readonly logFile: string
  /** Another user to run as. Only root can use this. */
  readonly user?: ProcessUser | undefined
}

/** A signal, and how long to wait before the next one. */
export interface StopStep {
  readonly signal: NodeJS.Signals
  readonly waitMs: number
}

/** A running child process. */
export interface ManagedProcess {
  readonly pid: number
  /** Whether it has ended, for any reason. */
  readonly ended: boolean
  /** Resolves with the exit code or signal, as text, when it has ended. Never rejects. */
  readonly exited: Promise<string>
  /** The last lines of its output since the start. */
  lastLogLines(count: number): Promise<string>
  /** Sends the signals in order until the process has ended. */
  stop(steps: readonly StopStep[]): Promise<void>
}

/** Starts a process in its own session. Ctrl-C then reaches only this process, which stops its children in order. */
export async function spawnLogged(options: SpawnOptions): Promise<ManagedProcess> {
  const log = await open(options.logFile, 'a', 0o600)
  try {
    const logStart = (await log.stat()).size
    const child = spawn(options.command, options.args, {
      cwd: '/',
      detached: true,
      env: { ...options.environment },
      stdio: ['ignore', log.fd, log.fd],
      ...options.user,
    })
    const exited = exitOf(child)
    await once(child, 'spawn')
    return managedProcess(child, exited, () => linesFrom(options.logFile, logStart))
  } finally {
    await log.close()
  }
}

function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`))
  })
}

function managedProcess(
  child: ChildProcess,
  exited: Promise<string>,
  logLines: () => Promise<readonly string[]>,
): ManagedProcess {
  const pid = child.pid as number
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null
  return {
    pid,
    exited,
    get ended() {
      return hasEnded()
    },
    lastLogLines: async (count) => (await logLines()).slice(-count).join('\n'),
    stop: async (steps) => {
      if (hasEnded()) return
      await endProcess(pid, steps)
      await exited
    },
  }
}

/** The lines of a log from a position on. Temporal's lines can be very long. The cause is at their end. */
async function linesFrom(logFile: string, start: number): Promise<string[]> {
  const lines = (await readFile(logFile)).subarray(start).toString('utf8').trimEnd().split('\n')
  return lines.map((line) => (line.length > 400 ? `…${line.slice(-400)}` : line))
}

/** Waits until a child has ended and its output is closed. Rejects if it could not be started. */
export function exitCodeOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => child.once('close', resolve).once('error', reject))
}

/** Ends a process, which need not be a child. Throws if it still runs after the last signal. */
async function endProcess(pid: number, steps: readonly StopStep[]): Promise<void> {
  for (const { signal, waitMs } of steps) {
    if (!sendSignal(pid, signal)) return
    if (await waitUntilGone(pid, waitMs)) return
  }
  throw new Error(`Process ${pid} does not end.`)
}

/** False if the process does not exist. */
function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/**
 * Wraps a command so that a shell writes its own process id to a file and then becomes the command. So the file always
 * names the process, even if this process dies right after the start.
 */
export function withPidFile(pidFile: string, command: string, args: readonly string[]) {
  return { command: '/bin/sh', args: ['-c', 'umask 077 && echo "$$" > "$0" && exec "$@"', pidFile, command, ...args] }
}

/** Ends the process of a pid file if its command line contains the marker. Returns its id if it was ended. */
export async function endFormerProcess(
  pidFile: string,
  marker: string,
  steps: readonly StopStep[],
): Promise<number | undefined> {
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[0])
  const info = await inspectProcess(pid)
  // Another process can have the id by now. Only one with the marker is ended.
  const ours = info !== undefined && info.commandLine.includes(marker)
  if (ours) await endProcess(pid, steps)
  await rm(pidFile, { force: true })
  return ours ? pid : undefined
}
