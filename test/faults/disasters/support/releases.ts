import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, extractCommit, hasCommit, installPackages } from '../../../../bench/support/built-tree.js'
import type { Environment } from '../../../../src/config/env.js'
import { eventually } from '../../../support/eventually.js'
import { type Program, startNode, startProgram } from '../../../support/programs/program.js'
import { runsIf } from '../../../support/programs/command-available.js'

/** The last release of CHANGELOG.md. Each release changes it. */
export const lastRelease = '0.2.0'
const lastCommit = 'af468fcbfd8fe6b1b2f3001ef66c26b9e51b83e6'

/** An API process, and its address. */
export interface Api extends Program {
  readonly url: string
}

/** The programs of one release. They are stopped at the latest when the test is over. */
export interface Release {
  readonly name: string
  start(program: 'api' | 'worker' | 'cli', args: readonly string[], environment: Environment): Program
}

export interface BuiltRelease extends Release, AsyncDisposable {}

export const thisRelease: Release = { name: 'this release', start: startProgram }

/** Builds the last release, with its own packages. Undefined if they cannot be had here: then it says which tests do not run. */
export async function buildLastRelease(tests: string): Promise<BuiltRelease | undefined> {
  const hasHistory = await hasCommit(lastCommit)
  if (!runsIf(hasHistory, tests, 'the repository lacks the last release: git fetch --unshallow')) return undefined
  const root = await mkdtemp(join(tmpdir(), 'tidemark-last-release-'))
  const remove = () => rm(root, { recursive: true, force: true })
  await extractCommit(lastCommit, root)
  const refusal = await installPackages(root).then(() => undefined, String)
  if (!runsIf(refusal === undefined, tests, `npm cannot install the packages of ${lastRelease}: ${refusal}`)) {
    await remove()
    return undefined
  }
  await build(root).catch(async (error: unknown) => {
    await remove()
    throw error
  })
  return {
    name: lastRelease,
    start: (program, args, environment) => startNode([join(root, `dist/src/bin/${program}.js`), ...args], environment),
    [Symbol.asyncDispose]: remove,
  }
}

/** Runs an operator's command, and returns what it wrote. @throws if it fails */
export async function command(release: Release, args: readonly string[], environment: Environment): Promise<string> {
  const program = release.start('cli', args, environment)
  const exitCode = await program.exitCode()
  if (exitCode !== 0)
    throw new Error(`${args.join(' ')} of ${release.name} ended with ${exitCode}: ${program.output()}`)
  return program.result()
}

export async function startWorker(release: Release, environment: Environment): Promise<Program> {
  const worker = release.start('worker', [], environment)
  await saying(worker, 'the worker takes tasks')
  return worker
}

export async function startApi(release: Release, environment: Environment): Promise<Api> {
  const api = release.start('api', [], { ...environment, PORT: '0' })
  const [, url = ''] = /"address":"([^"]+)"/.exec(await saying(api, 'the API answers')) ?? []
  return { ...api, url }
}

/** Stops a process as a deployment does. */
export async function stop(program: Program): Promise<void> {
  program.signal('SIGTERM')
  await program.ended
}

function saying(program: Program, words: string): Promise<string> {
  return eventually(`the words "${words}"`, () => program.output().includes(words) && program.output()).catch(
    (error: unknown) => {
      throw new Error(program.output(), { cause: error })
    },
  )
}
