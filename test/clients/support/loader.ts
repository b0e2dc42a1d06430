import { execFile, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { readEnvironment } from '../../../src/config/env.js'
import { clientFolder, type Python } from './python.js'

const run = promisify(execFile)

export type Row = Readonly<Record<string, string | null>>

/** An event of `tidemark-load --json`. */
export interface LoaderEvent {
  readonly event: string
  readonly entity?: string
  readonly sequence?: number
  readonly revision?: number
  readonly action?: string
  readonly by?: string
  readonly code?: string
  readonly message?: string
}

export interface LoaderRun {
  readonly exitCode: number | null
  readonly events: readonly LoaderEvent[]
  readonly errors: string
}

/** `tidemark-load` from one place into one target. */
export interface Loader {
  readonly target: string
  /** Runs it once. */
  load(...more: string[]): Promise<LoaderRun>
  /** Starts it, and kills it after a time unless it has ended. */
  killed(afterMs: number): Promise<void>
  /** The rows of tables of the target, with values in the form of the files. */
  rows(...tables: string[]): Promise<Map<string, Row[]>>
}

export interface LoaderOptions {
  readonly python: Python
  readonly target: string
  /** `--from` and what it needs. */
  readonly from: readonly string[]
  readonly work: string
  readonly environment?: Readonly<Record<string, string>>
}

export function createLoader({ python, target, from, work, environment }: LoaderOptions): Loader {
  const env = {
    ...readEnvironment(),
    PYTHONPATH: join(clientFolder, 'src'),
    PYTHONDONTWRITEBYTECODE: '1',
    ...environment,
  }
  const start = (more: readonly string[]) =>
    spawn(python.program, ['-m', 'tidemark_load', ...from, '--to', target, '--work', work, '--json', ...more], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  const load = async (...more: string[]): Promise<LoaderRun> => {
    const child = start(more)
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    const [out, errors] = await Promise.all([textOf(child.stdout), textOf(child.stderr)])
    const events = out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LoaderEvent)
    return { exitCode: await ended, events, errors }
  }
  const killed = async (afterMs: number): Promise<void> => {
    const child = start([])
    child.stdout.resume()
    child.stderr.resume()
    const ended = new Promise((resolve) => child.once('close', resolve))
    await Promise.race([delay(afterMs), ended])
    child.kill('SIGKILL')
    await ended
  }
  const rows = async (...tables: string[]): Promise<Map<string, Row[]>> => {
    const script = join(clientFolder, 'tests', 'warehouse.py')
    const { stdout } = await run(python.program, [script, target, ...tables], { env, maxBuffer: 256 * 1024 * 1024 })
    const printed = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { table: string; rows: Row[] })
    return new Map(printed.map(({ table, rows: found }) => [table, found]))
  }
  return { target, load, killed, rows }
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
