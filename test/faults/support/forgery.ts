import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { csvRows } from '../../support/world/tenant.js'
import type { World } from '../../support/world/world.js'

/** Undoes what was tampered with. */
export type Undo = () => Promise<void>

/** Puts another content under a file's name, and nowhere else. @param path as the tenant sees it */
export async function replaceFile(world: World, path: string, change: (text: string) => string): Promise<Undo> {
  const file = join(world.sftp.folder, path)
  const before = await readFile(file)
  await writeFile(file, change(before.toString()))
  return () => writeFile(file, before)
}

/** Changes a delivered file so that its manifest agrees: what only a look at the rows can tell. */
export async function forgeFile(world: World, path: string, change: (text: string) => string): Promise<Undo> {
  const undoFile = await replaceFile(world, path, change)
  const content = await readFile(join(world.sftp.folder, path))
  const hash = `sha256:${createHash('sha256').update(content).digest('hex')}`
  const folder = dirname(dirname(path))
  const undoManifest = await replaceFile(world, `${folder}/datapackage.json`, (text) => {
    const manifest = JSON.parse(text) as { resources: { path: string }[] }
    const resources = manifest.resources.map((resource) =>
      `${folder}/${resource.path}` === path
        ? { ...resource, hash, bytes: content.length, rows: csvRows(content).length }
        : resource,
    )
    return JSON.stringify({ ...manifest, resources })
  })
  return async () => {
    await undoManifest()
    await undoFile()
  }
}

/** Changes rows of Tidemark's tables past their triggers, which would refuse. */
export async function forgeRows(world: World, change: string, back: string): Promise<Undo> {
  const past = (statement: string): Promise<unknown> =>
    world.sql(`BEGIN; SET LOCAL session_replication_role = replica; ${statement}; COMMIT`)
  await past(change)
  return async () => void (await past(back))
}
