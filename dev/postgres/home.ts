import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstat, mkdir, readlink, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { makePrivateFolder } from '../machine/private-files.js'
import { mayReach, postgresUser } from './user.js'
import type { ProcessUser } from '../machine/processes.js'
import type { Report } from '../machine/report.js'
import { sharedFolder } from './shared-folder.js'

/** Where Postgres keeps its data, and who it runs as. */
export interface PostgresHome {
  /** The data directory itself, with no link in it. It may not exist yet; the folder that it lies in does. */
  readonly data: string
  /** Undefined where Postgres runs as we do. */
  readonly user: ProcessUser | undefined
}

/**
 * Finds or makes the place of the data: `data` in the folder. Root's Postgres runs as another user, who can't reach a
 * folder that is readable by root only. Then the data is elsewhere, and `data` is a link to it.
 */
export async function openPostgresHome(folder: string, report: Report): Promise<PostgresHome> {
  await makePrivateFolder(folder)
  const link = join(folder, 'data')
  const user = await postgresUser(link)
  const former = await readlink(link).catch(() => undefined)
  if (former !== undefined && (await isFolder(dirname(former)))) return { data: former, user }
  if (await mayReach(user, folder)) return { data: link, user }
  if (former !== undefined) report(`The Postgres data at ${former} is gone; starting with an empty database`)
  const data = await placeElsewhere(folder)
  if (await isFolder(link)) await moveFolder(link, data)
  await rm(link, { force: true })
  await symlink(data, link)
  report(`Running as root: Postgres runs as another user, who can't reach ${folder}; its data lies in ${data}`)
  return { data, user }
}

/** The same place for the same folder, so that a folder which was removed by hand leaves at most one behind. */
async function placeElsewhere(folder: string): Promise<string> {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  const place = join(await sharedFolder(), `data-${name}`)
  await rm(place, { recursive: true, force: true })
  await mkdir(place, { mode: 0o711 })
  return join(place, 'data')
}

/** With owners and modes, and also to another file system: releases before this one had the data in the folder itself. */
async function moveFolder(from: string, to: string): Promise<void> {
  await promisify(execFile)('mv', [from, to])
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
