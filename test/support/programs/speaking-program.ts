import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Environment, readEnvironment } from '../../../src/config/env.js'

/** A program of the repository in a process of its own, which says what it has to say in lines of JSON. */
export interface Program extends AsyncDisposable {
  readonly pid: number
  /** The first line that has the field, said already or yet to come. @throws where the program ends without it */
  said<T extends object>(field: keyof T & string): Promise<T>
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>
}

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

/** @param path from the repository's root. What it writes on standard error is kept for the error of {@link Program.said}. */
export function startProgram(path: string, environment: Environment, nodeArguments: readonly string[] = []): Program {
  const file = fileURLToPath(new URL(`../../../${path}`, import.meta.url))
  const { PATH, HOME } = readEnvironment()
  const child = spawn(process.execPath, [...nodeArguments, '--import', tsx, file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME, ...environment },
  })
  const killWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', killWithUs)
  child.once('exit', () => process.off('exit', killWithUs))
  // Its last words may come after `exit`.
  const ended = once(child, 'close').then(() => undefined)
  const lines = linesOf(child)
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-5000)))
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
  }
  return {
    pid: child.pid ?? 0,
    said: async <T extends object>(field: keyof T & string) => {
      const line = await Promise.race([lines.first(field), ended])
      if (line === undefined) throw new Error(`${path} ended before it said its ${field}:\n${errors}`)
      return line as T
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function linesOf(child: ChildProcess) {
  const said: object[] = []
  const listeners = new Set<(line: object) => void>()
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (text) => {
      if (!text.startsWith('{')) return
      const line = JSON.parse(text) as object
      said.push(line)
      for (const listener of listeners) listener(line)
    })
  }
  return {
    first: (field: string): Promise<object> =>
      new Promise((resolve) => {
        const found = said.find((line) => field in line)
        if (found) return resolve(found)
        const listener = (line: object): void => {
          if (!(field in line)) return
          listeners.delete(listener)
          resolve(line)
        }
        listeners.add(listener)
      }),
  }
}
