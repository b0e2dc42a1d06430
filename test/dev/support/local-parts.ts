import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { onTestFinished } from 'vitest'
import { endFormerProcess } from '../../../dev/machine/processes.js'

/** A folder that is removed when the test is over. Clean-up registered later runs first. */
export async function temporaryFolder(remove = (path: string) => rm(path, { recursive: true, force: true })) {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-test-'))
  onTestFinished(() => remove(folder))
  return folder
}

/** Takes the lines that a part of the stack reports, to look at afterwards. */
export function recorder() {
  const lines: string[] = []
  return { lines, report: (line: string) => void lines.push(line) }
}

/** Starts a part in a process of its own, lets it become ready, and kills that process so that it can't clean up. */
export async function startAndKillSupervisor<Ready>(part: 'postgres' | 'temporal', folder: string): Promise<Ready> {
  const [pidFile, marker] = part === 'postgres' ? ['data/postmaster.pid', '-D '] : ['temporal.pid', '--db-filename ']
  onTestFinished(async () => {
    await endFormerProcess(join(folder, pidFile), `${marker}${folder}`, [{ signal: 'SIGKILL', waitMs: 10_000 }])
  })
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  const program = fileURLToPath(new URL('./local-supervisor.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', tsx, program, part, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => ['']),
  ])) as [string]
  const exited = child.exitCode === null ? once(child, 'exit') : Promise.resolve()
  child.kill('SIGKILL')
  await exited
  if (line === '') throw new Error(`the supervisor of ${part} did not get ready`)
  return JSON.parse(line) as Ready
}
