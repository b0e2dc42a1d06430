import { chmod, lstat, mkdtemp, readlink, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makePrivateFolder } from './data-folder.js'
import { mayReach, postgresUser } from './postgres-user.js'
import type { ProcessUser } from './processes.js'
import type { Report } from './report.js'
import { sharedFolder } from './shared-folder.js'

/** Where Postgres keeps its data, and who it runs as. */
export interface PostgresHome {
  /** The data directory itself, with no link in it. It may not exist yet; the folder that it lies in does. */
  readonly data: string
  /** Undefined where Postgres runs as we do. */
  readonly user: ProcessUser | undefined
}

/**
 * Finds or makes the place of the data: `data` in the folder. Where that can't be reached by the user that root's
 * Postgres runs as, such as below a home of mode 0700, the data lies elsewhere and `data` is a link to it.
 */
export async function openPostgresHome(folder: string, report: Report): Promise<PostgresHome> {
  await makePrivateFolder(folder)
  const link = join(folder, 'data')
  const user = await postgresUser(link)
  const former = await readlink(link).catch(() => undefined)
  if (former !== undefined && (await isFolder(dirname(former)))) return { data: former, user }
  if (await mayReach(user, folder)) return { data: link, user }
  if (former !== undefined) report(`The Postgres data at ${former} is gone; starting with an empty database`)
  const data = join(await mkdtemp(join(await sharedFolder(), 'data-')), 'data')
  await chmod(dirname(data), 0o711)
  await rm(link, { force: true })
  await symlink(data, link)
  report(`Running as root: Postgres runs as another user, who can't reach ${folder}; its data lies in ${data}`)
  return { data, user }
}

async function isFolder(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

/** Removes a folder with its data, also where that lies elsewhere. Postgres must have been stopped. */
export async function removePostgresFolder(folder: string): Promise<void> {
  const elsewhere = await readlink(join(folder, 'data')).catch(() => undefined)
  if (elsewhere !== undefined) await rm(dirname(elsewhere), { recursive: true, force: true })
  await rm(folder, { recursive: true, force: true })
}
