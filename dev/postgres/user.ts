import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import type { ProcessUser } from '../machine/processes.js'

const run = promisify(execFile)

/**
 * The user that Postgres runs as, undefined for the current user. Postgres refuses to run as root. Under root it runs
 * as the owner of the data or of its parent folder. If root owns both, it runs as `nobody`.
 */
export async function postgresUser(data: string): Promise<ProcessUser | undefined> {
  if (process.getuid?.() !== 0) return undefined
  for (const path of [data, dirname(data)]) {
    const owner = await stat(path).catch(() => undefined)
    if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  }
  return { uid: await idOfNobody('-u'), gid: await idOfNobody('-g') }
}

async function idOfNobody(flag: '-u' | '-g'): Promise<number> {
  const { stdout } = await run('id', [flag, 'nobody'])
  return Number(stdout)
}

/** Whether the user can enter a folder or execute a file. A shell of that user checks it. */
export async function mayReach(user: ProcessUser | undefined, path: string): Promise<boolean> {
  return run('/bin/sh', ['-c', 'test -x "$0"', path], { cwd: '/', ...user }).then(
    () => true,
    () => false,
  )
}
