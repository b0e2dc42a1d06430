import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openDataFolder } from './data-folder.js'
import { removePostgresFolder } from '../postgres/home.js'
import { endPostgresLeftOn } from '../postgres/server.js'
import type { Report } from '../machine/report.js'
import { endTemporalLeftOn } from '../temporal/server.js'

/**
 * Removes the data of a stack, also data outside of its folder, and ends what a killed stack left running.
 * @throws FolderInUseError if a stack is running there
 */
export async function resetStack(path: string, report: Report): Promise<void> {
  await using folder = await openDataFolder(path)
  const postgres = join(folder.path, 'postgres')
  await endPostgresLeftOn(postgres, report)
  await endTemporalLeftOn(join(folder.path, 'temporal'), report)
  await removePostgresFolder(postgres)
  for (const name of await readdir(folder.path)) {
    if (!name.startsWith('stack.lock')) await rm(join(folder.path, name), { recursive: true, force: true })
  }
}
