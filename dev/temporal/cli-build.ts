import { execFile, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { Environment } from '../../src/config/env.js'
import { findOnPath } from '../machine/executables.js'
import { exitCodeOf } from '../machine/processes.js'
import type { FetchOptions } from './cli-source.js'

const reportEveryMs = 5000

/** Builds the CLI with Go, which takes minutes. Undefined if Go is missing, too old, or fails. */
export async function buildTemporalCli(options: FetchOptions): Promise<string | undefined> {
  const { version, folder, environment, report } = options
  const go = await findOnPath('go', environment)
  if (go === undefined) return undefined
  const found = await goVersion(go, environment)
  if (found === undefined || found < 1025) {
    report('Go is older than 1.25 and can not build the Temporal CLI')
    return undefined
  }
  report(`Building the Temporal CLI ${version} with Go. This happens once and takes about five minutes on two cores`)
  const failure = await runBuild(go, options)
  if (failure !== undefined) {
    report(`Go could not build the Temporal CLI: ${failure}`)
    return undefined
  }
  return join(folder, 'bin', 'temporal')
}

/** 1025 for Go 1.25. */
async function goVersion(go: string, environment: Environment): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)(go, ['version'], { cwd: '/', env: { ...environment } })
    const match = /go(\d+)\.(\d+)/.exec(stdout)
    return match ? Number(match[1]) * 1000 + Number(match[2]) : undefined
  } catch {
    return undefined
  }
}

/** The last line of Go's output if it failed, otherwise undefined. */
async function runBuild(
  go: string,
  { version, folder, environment, report, signal }: FetchOptions,
): Promise<string | undefined> {
  const child = spawn(go, ['install', '-v', '-modcacherw', `github.com/temporalio/cli/cmd/temporal@v${version}`], {
    cwd: folder,
    env: goEnvironment(folder, environment),
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  })
  const started = Date.now()
  let [modules, packages, last] = [0, 0, '']
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.startsWith('go: downloading')) modules++
    else packages++
    last = line
  })
  const timer = setInterval(() => {
    const counts = `${modules} modules downloaded, ${packages} packages compiled`
    report(`Building the Temporal CLI: ${elapsed(Date.now() - started)}, ${counts}`)
  }, reportEveryMs)
  try {
    const code = await exitCodeOf(child)
    return code === 0 ? undefined : last
  } finally {
    clearInterval(timer)
  }
}

/** Go keeps its caches under HOME. Without HOME they are kept in the attempt's folder. */
function goEnvironment(folder: string, environment: Environment): NodeJS.ProcessEnv {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const homeless = { HOME: folder, GOPATH: join(folder, 'go'), GOCACHE: join(folder, 'go-build') }
  return { ...(given['HOME'] === undefined ? homeless : {}), ...given, GOBIN: join(folder, 'bin') }
}

/** `90,000` milliseconds are `1 min 30 s`. */
function elapsed(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
