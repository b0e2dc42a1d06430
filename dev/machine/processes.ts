import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, rm } from 'node:fs/promises'
import { inspectProcess, waitUntilGone } from './process-info.js'

/** The ids that a process runs under. */
export interface ProcessUser {
  readonly uid: number
  readonly gid: number
}

export interface SpawnOptions {
  readonly command: string
  readonly args: readonly string[]
  /** The whole environment of the process; nothing is inherited. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Where its output goes, appended. */
  readonly logFile: string
  /** Another user to run as; only root can ask for that. */
  readonly user?: ProcessUser | undefined
}

/** A signal and how long, in milliseconds, its effect is awaited before the next one. */
export interface StopStep {
  readonly signal: NodeJS.Signals
  readonly waitMs: number
}

/** A child that outlives neither its log nor our patience. */
export interface ManagedProcess {
  readonly pid: number
  /** Whether it has ended, by itself or stopped. */
  readonly ended: boolean
  /** Resolves, and never rejects, when it has ended: with how, in words. */
  readonly exited: Promise<string>
  /** The last lines that it wrote since it was spawned. */
  lastLogLines(count: number): Promise<string>
  /** Goes through the signals until the process has ended. */
  stop(steps: readonly StopStep[]): Promise<void>
}

/** Starts a process in a session of its own, so that Ctrl-C reaches only the supervisor, who then ends all in order. */
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
    let ended = false
    const exited = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => {
        ended = true
        resolve(signal === null ? `exit code ${code}` : `signal ${signal}`)
      })
    })
    await once(child, 'spawn')
    const pid = child.pid as number
    return {
      pid,
      exited,
      get ended() {
        return ended
      },
      lastLogLines: async (count) => {
        const text = (await readFile(options.logFile)).subarray(logStart).toString('utf8')
        const lines = text.trimEnd().split('\n').slice(-count)
        // Temporal's lines can be screens long; what was wrong stands at their end.
        return lines.map((line) => (line.length > 400 ? `…${line.slice(-400)}` : line)).join('\n')
      },
      stop: async (steps) => {
        if (ended) return
        await endProcess(pid, steps)
        await exited
      },
    }
  } finally {
    await log.close()
  }
}

/** Ends any process that we may signal, our child or not. Throws where even the last signal did not end it. */
export async function endProcess(pid: number, steps: readonly StopStep[]): Promise<void> {
  for (const { signal, waitMs } of steps) {
    if (!sendSignal(pid, signal)) return
    if (await waitUntilGone(pid, waitMs)) return
  }
  throw new Error(`process ${pid} does not end`)
}

/** False where there is no such process any more. */
function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/**
 * Makes a command write its process id to a file before it does anything, by way of the shell that becomes the
 * command. So there is no moment in which a supervisor can die and leave a process that no file names.
 */
export function withPidFile(pidFile: string, command: string, args: readonly string[]) {
  return { command: '/bin/sh', args: ['-c', 'umask 077 && echo "$$" > "$0" && exec "$@"', pidFile, command, ...args] }
}

/** Ends the process that a pid file names, if it still runs and its command line shows the marker. Says which it was. */
export async function endFormerProcess(
  pidFile: string,
  marker: string,
  steps: readonly StopStep[],
): Promise<number | undefined> {
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[0])
  const info = await inspectProcess(pid)
  // The id may have gone to somebody else since: what does not show the marker is none of ours.
  const ours = info !== undefined && info.commandLine.includes(marker)
  if (ours) await endProcess(pid, steps)
  await rm(pidFile, { force: true })
  return ours ? pid : undefined
}
