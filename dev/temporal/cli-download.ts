import { spawn } from 'node:child_process'
import { readdir, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { exitCodeOf } from '../machine/processes.js'
import type { FetchOptions } from './cli-source.js'

/** How long the download may make no progress before it is given up. */
const stallMs = 8000

/**
 * The SDK downloads the CLI only when it starts a server, so the script starts one. The SDK's native code can't be
 * interrupted, so the script runs in its own process.
 */
const script = `
  const [module, downloadDir, version] = process.argv.slice(1)
  const { TestWorkflowEnvironment } = (await import(module)).default
  process.stdout.write('asking')
  const executable = { type: 'cached-download', downloadDir, version }
  const server = await TestWorkflowEnvironment.createLocal({ server: { executable, ip: '127.0.0.1' } })
  await server.teardown()
`

/** Downloads the CLI with the SDK. Undefined if the host can't be reached, stalls, or lacks the version. */
export async function downloadTemporalCli(options: FetchOptions): Promise<string | undefined> {
  const { version, folder, report } = options
  report(`Downloading the Temporal CLI ${version}`)
  if (!(await runDownload(options))) {
    report('The Temporal CLI could not be downloaded')
    return undefined
  }
  const file = (await readdir(folder)).find((name) => !name.endsWith('.downloading'))
  return file === undefined ? undefined : join(folder, file)
}

async function runDownload({ version, folder, environment, report, signal }: FetchOptions): Promise<boolean> {
  const module = pathToFileURL(createRequire(import.meta.url).resolve('@temporalio/testing')).href
  const child = spawn(
    process.execPath,
    ['--input-type=module', '--eval', script, module, folder, `v${version}`],
    // Its own process group, so that the server that it starts ends with it.
    { cwd: folder, env: { ...environment }, detached: true, stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const endGroup = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has ended already.
    }
  }
  const watch = watchProgress(folder, report, endGroup)
  child.stdout.once('data', watch.sawLife)
  signal?.addEventListener('abort', endGroup)
  try {
    const code = await exitCodeOf(child)
    signal?.throwIfAborted()
    return code === 0
  } finally {
    watch.stop()
    signal?.removeEventListener('abort', endGroup)
  }
}

/** Calls `stalled` when the folder has stopped growing, and reports its size every three seconds. */
function watchProgress(folder: string, report: (line: string) => void, stalled: () => void) {
  let size = 0
  let lastLife = Date.now()
  let lastReport = Date.now()
  const sawLife = () => (lastLife = Date.now())
  const look = async (): Promise<void> => {
    const now = await sizeOf(folder)
    if (now > size) sawLife()
    size = now
    if (Date.now() - lastLife > stallMs) stalled()
    if (size > 0 && Date.now() - lastReport >= 3000) {
      lastReport = Date.now()
      report(`Downloading the Temporal CLI: ${Math.round(size / 1e6)} MB unpacked`)
    }
  }
  const timer = setInterval(() => void look(), 250)
  return { sawLife, stop: () => clearInterval(timer) }
}

async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => [])
  const sizes = names.map((name) =>
    stat(join(folder, name))
      .then((found) => found.size)
      .catch(() => 0),
  )
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
