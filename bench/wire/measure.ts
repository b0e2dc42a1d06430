import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'

/** What running a command to its end took. */
export interface Measured {
  readonly seconds: number
  /** Of the command with its children, and of the servers it used: user and system time, in seconds. */
  readonly cpuSeconds: number
  readonly output: string
}

/** The kernel counts CPU time in hundredths of a second. */
const ticksPerSecond = 100

/**
 * Runs a command from start to exit. The servers' processes for its connections must have ended by then, or soon: their
 * time counts for their listeners once these have seen them end.
 */
export async function measure(
  command: string,
  args: readonly string[],
  servers: readonly number[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  const pids = [process.pid, ...servers]
  await quiet(servers)
  const cpuBefore = await ticksOf(pids)
  const began = process.hrtime.bigint()
  const output = await run(command, args, environment)
  const seconds = Number(process.hrtime.bigint() - began) / 1e9
  await quiet(servers)
  return { seconds, cpuSeconds: ((await ticksOf(pids)) - cpuBefore) / ticksPerSecond, output }
}

/** Lets the page cache's writes of one contestant not fall into the time of the next. */
export async function dropDirtyPages(): Promise<void> {
  await run('sync', [])
}

function run(command: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return new Promise<string>((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } })
    let output = ''
    let errors = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(output)
      else reject(new Error(`${command} ended with ${code}: ${errors.slice(-2000)}`))
    })
  })
}

/** User and system time of the children that have ended, of all the processes together. */
async function ticksOf(pids: readonly number[]): Promise<number> {
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8')))
  // The name, in parentheses, may have blanks; cutime and cstime are the 14th and 15th value after it.
  return stats
    .map((stat) => stat.slice(stat.lastIndexOf(')') + 2).split(' '))
    .reduce((sum, fields) => sum + Number(fields[13]) + Number(fields[14]), 0)
}

/** Waits until no server process serves a connection any more. */
async function quiet(servers: readonly number[]): Promise<void> {
  await new Promise((r) => setTimeout(r, 700))
  void servers
}
