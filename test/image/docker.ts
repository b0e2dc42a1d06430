import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { readEnvironment } from '../../src/config/env.js'
import { runsIf } from '../support/programs/command-available.js'

const run = promisify(execFile)

/** Runs a command, at the root of the repository where no other folder is given, and returns what it printed. The error of one that fails has all of it. */
export async function command(
  name: string,
  args: readonly string[],
  { environment = {}, cwd }: { environment?: object; cwd?: string } = {},
): Promise<string> {
  try {
    const env = { ...readEnvironment(), ...environment }
    const { stdout } = await run(name, args, { env, cwd, maxBuffer: 64 * 1024 * 1024 })
    return stdout.trim()
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as { stdout?: string; stderr?: string; message: string }
    throw new Error(`${message}\n${stdout}\n${stderr}`, { cause: error })
  }
}

/**
 * Whether images can be built here: a Docker that runs, and root, who makes the base images where no registry can be reached. Where
 * not, a line says so.
 */
export async function canBuildImages(): Promise<boolean> {
  const missing = await whatIsMissing()
  return runsIf(missing === undefined, 'both images, their contents and docker-compose.yml', missing ?? '')
}

async function whatIsMissing(): Promise<string | undefined> {
  const isThere = (name: string, ...args: string[]): Promise<boolean> =>
    command(name, args).then(
      () => true,
      () => false,
    )
  if (!(await isThere('docker', 'version'))) return 'there is no Docker that runs'
  if (process.getuid?.() !== 0) return 'base images are made by root alone'
  if (!(await isThere('which', 'debootstrap'))) return 'there is no `debootstrap` on the PATH'
  return undefined
}
