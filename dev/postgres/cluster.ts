import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { PostgresBinaries } from './binaries.js'
import type { PostgresHome } from './home.js'
import { readOrCreateSecretFile } from '../machine/private-files.js'
import { StartError } from '../machine/start-error.js'

export const superuser = 'postgres'

/** The environment of initdb and postgres. It has nothing of the user's: their PGDATA or PGPORT would change the server. */
export const postgresEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/** The superuser's password. It is generated once and kept in a private file. */
export async function clusterPassword(file: string): Promise<string> {
  return readOrCreateSecretFile(file, () => randomBytes(24).toString('hex'))
}

/**
 * Makes the data directory if it is missing. It is made under another name and renamed when it is complete, so that a
 * later start never uses what an interrupted initdb left. Returns whether it was made now.
 */
export async function ensureCluster(
  { initdb, majorVersion }: PostgresBinaries,
  { data, user }: PostgresHome,
  password: string,
): Promise<boolean> {
  const found = (await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => '')).trim()
  if (found === majorVersion) return false
  if (found !== '') {
    throw new StartError(`${data} was made by Postgres ${found}, but this is Postgres ${majorVersion}. Move it away.`)
  }
  const draft = `${data}.new`
  const passwordFile = `${data}.password`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { mode: 0o700 })
  await writeFile(passwordFile, password, { mode: 0o600 })
  try {
    for (const path of [draft, passwordFile]) if (user) await chown(path, user.uid, user.gid)
    await promisify(execFile)(initdb, initdbArgs(draft, passwordFile), {
      cwd: '/',
      env: postgresEnvironment,
      ...user,
    })
    await chmod(draft, 0o700)
    await rename(draft, data)
    return true
  } finally {
    await rm(passwordFile, { force: true })
  }
}

function initdbArgs(folder: string, passwordFile: string): string[] {
  return [
    `--pgdata=${folder}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Postgres' own C.UTF-8 sorts alike on every machine, whatever locales the system has.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
  ]
}
