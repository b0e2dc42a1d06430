import { spawn } from 'node:child_process'
import { readdir, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { FetchOptions } from './cli-source.js'

/** How long the download may show no sign of life: a host that can't be reached is given up after it. */
const stallMs = 8000

/**
 * The SDK fetches the CLI only on the way to a running server, so that is what it is asked for. It does so in native
 * code that can't be interrupted: hence a process of its own, which can.
 */
const script = `
  const [module, downloadDir, version] = process.argv.slice(1)
  const { TestWorkflowEnvironment } = (await import(module)).default
  process.stdout.write('asking')
  const executable = { type: 'cached-download', downloadDir, version }
  const server = await TestWorkflowEnvironment.createLocal({ server: { executable, ip: '127.0.0.1' } })
  await server.teardown()
`

/** Lets the SDK download the CLI. Undefined where its host can't be reached, stalls, or has no such version. */
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
    // A group of its own, to end the server that it may have started with it.
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
    const code = await new Promise<number | null>((resolve, reject) =>
      child.once('close', resolve).once('error', reject),
    )
    signal?.throwIfAborted()
    return code === 0
  } finally {
    watch.stop()
    signal?.removeEventListener('abort', endGroup)
  }
}

/** Calls back when the folder has stopped growing; says now and then how much is there. */
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
