import { createHash } from 'node:crypto'
import { lstat, mkdir, readlink, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makePrivateFolder } from '../machine/private-files.js'
import { mayReach, postgresUser } from './user.js'
import type { ProcessUser } from '../machine/processes.js'
import type { Report } from '../machine/report.js'
import { sharedFolder } from './shared-folder.js'

/** Where Postgres keeps its data, and which user it runs as. */
export interface PostgresHome {
  /** The data directory. It may not exist yet, but its parent folder does. */
  readonly data: string
  /** Undefined if Postgres runs as the current user. */
  readonly user: ProcessUser | undefined
}

/**
 * Finds or makes the place of the data: `data` in the folder. Under root, Postgres runs as another user, who may not
 * reach the folder. Then the data is elsewhere, and `data` is a link to it.
 */
export async function openPostgresHome(folder: string, report: Report): Promise<PostgresHome> {
  await makePrivateFolder(folder)
  const link = join(folder, 'data')
  const user = await postgresUser(link)
  const former = await readlink(link).catch(() => undefined)
  if (former !== undefined && (await isFolder(dirname(former)))) return { data: former, user }
  if (await mayReach(user, folder)) return { data: link, user }
  if (former !== undefined) report(`The Postgres data in ${former} is missing; starting with an empty database`)
  const data = await placeElsewhere(folder)
  await rm(link, { force: true })
  await symlink(data, link)
  report(`Running as root: Postgres runs as another user, who can't reach ${folder}; its data is in ${data}`)
  return { data, user }
}

/** Always the same place for a folder, so that a folder that was removed by hand leaves at most one place behind. */
async function placeElsewhere(folder: string): Promise<string> {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  const place = join(await sharedFolder(), `data-${name}`)
  await rm(place, { recursive: true, force: true })
  await mkdir(place, { mode: 0o711 })
  return join(place, 'data')
}

async function isFolder(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

/** Removes a folder with its data, even if the data is elsewhere. Stop Postgres first. */
export async function removePostgresFolder(folder: string): Promise<void> {
  const elsewhere = await readlink(join(folder, 'data')).catch(() => undefined)
  if (elsewhere !== undefined) await rm(dirname(elsewhere), { recursive: true, force: true })
  await rm(folder, { recursive: true, force: true })
}
