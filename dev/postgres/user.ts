import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import type { ProcessUser } from '../machine/processes.js'

const run = promisify(execFile)

/**
 * Who Postgres has to run as: undefined for ourselves. It refuses root, so that under root it runs as the owner of
 * the data, or of the folder that the data is to lie in, where that is an ordinary user; else as `nobody`.
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

/** Whether the user gets at a path: may enter a folder, may execute a file. Asked of the system itself, as that user. */
export async function mayReach(user: ProcessUser | undefined, path: string): Promise<boolean> {
  return run('/bin/sh', ['-c', 'test -x "$0"', path], { cwd: '/', ...user }).then(
    () => true,
    () => false,
  )
}
