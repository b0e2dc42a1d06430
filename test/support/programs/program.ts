import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { onTestFinished } from 'vitest'
import { type Environment, readEnvironment } from '../../../src/config/env.js'

/** A program of src/bin in a process of its own, killed at the latest when the test is over. */
export interface Program {
  readonly pid: number
  /** Everything it has written to its standard output and error. */
  output(): string
  /** What it has written to its standard output alone. */
  result(): string
  /** Sends a signal; where that ends the process, `ended` resolves. */
  signal(signal: NodeJS.Signals): void
  readonly ended: Promise<void>
  /** Its exit code once it has ended; null where a signal ended it. */
  exitCode(): Promise<number | null>
}

/** `BUILT_PROGRAMS=dist` runs what `npm run build` has made, which starts in a third of the time. */
const built = process.env['BUILT_PROGRAMS']

type ProgramName = 'api' | 'worker' | 'dev' | 'cli'

export function startProgram(name: ProgramName, args: readonly string[], environment: Environment): Program {
  return startNode([...argumentsFor(name), ...args], environment)
}

/** The arguments with which Node starts the program. */
export function argumentsFor(name: ProgramName): string[] {
  if (built && name !== 'dev') return [inRepository(`${built}/src/bin/${name}.js`)]
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  return ['--import', tsx, inRepository(name === 'dev' ? 'dev/main.ts' : `src/bin/${name}.ts`)]
}

function inRepository(path: string): string {
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url))
}

/** A program that is built already. */
export function startNode(args: readonly string[], environment: Environment): Program {
  const { PATH, HOME } = readEnvironment()
  const child: ChildProcess = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME, ...environment },
  })
  let output = ''
  let result = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (stream === child.stdout) result += text
    })
  }
  // Its last words may come after `exit`.
  const ended = once(child, 'close').then(() => undefined)
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return {
    pid: child.pid ?? 0,
    output: () => output,
    result: () => result,
    signal: (signal) => void child.kill(signal),
    ended,
    exitCode: () => ended.then(() => child.exitCode),
  }
}
