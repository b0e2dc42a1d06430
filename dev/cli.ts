import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isInUse } from './stack/data-folder.js'
import { stackEnvironmentFile } from './stack/stack-environment.js'

/** `npm run cli`: runs an operator's command with the settings of the running stack. Returns its exit code. */
export async function runCli(folder: string, args: readonly string[], signal: AbortSignal): Promise<number> {
  const environmentFile = stackEnvironmentFile(folder)
  const isRunning = existsSync(environmentFile) && (await isInUse(folder))
  if (!isRunning && !asksForHelp(args)) {
    console.error(`No stack is running in ${folder}. Start one with npm start.`)
    return 2
  }
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  const program = fileURLToPath(new URL('../src/bin/cli.ts', import.meta.url))
  const settings = isRunning ? [`--env-file=${environmentFile}`] : []
  const child = spawn(process.execPath, [...settings, '--import', tsx, program, ...args], { stdio: 'inherit' })
  signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}

/** Help needs no running stack. */
function asksForHelp(args: readonly string[]): boolean {
  return args.length === 0 || args.includes('--help') || args.includes('-h')
}
