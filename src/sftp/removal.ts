import type { FileEntry } from 'ssh2'
import { statusOf } from './errors.js'
import { type Kind, kindOf, kindOfMode } from './kind.js'
import type { Operations } from './operations.js'
import { requireSafeFolders } from './safe-path.js'

/** What was removed: files and links, with their bytes. */
export interface Removed {
  readonly files: number
  readonly bytes: number
}

const nothing: Removed = { files: 0, bytes: 0 }

/** How many files are removed at the same time: each is one round trip. */
const atOnce = 32

/**
 * Removes all that is in a folder, but not the folder itself, which may be the server's operator's. Links are removed,
 * never followed. Nothing where there is no such folder.
 */
export async function removeAllIn(operations: Operations, folder: string): Promise<Removed> {
  await requireSafeFolders(operations, `${folder}/any`)
  return emptied(operations, folder)
}

async function emptied(operations: Operations, folder: string): Promise<Removed> {
  const place = operations.place(folder)
  const entries = await operations.unlessMissing<FileEntry[]>(`Listing ${folder}`, place, (sftp, answer) =>
    sftp.readdir(place, answer),
  )
  const there = entries?.filter(({ filename }) => filename !== '.' && filename !== '..') ?? []
  const pathOf = ({ filename }: FileEntry): string => `${folder}/${filename}`
  let removed = nothing
  const kinds = await kindsOf(operations, folder, there)
  for (const entry of there.filter((each) => kinds.get(each) === 'folder')) {
    removed = sum(removed, await emptied(operations, pathOf(entry)))
    await removeFolder(operations, pathOf(entry))
  }
  const files = there.filter((each) => kinds.get(each) !== 'folder')
  for (let from = 0; from < files.length; from += atOnce) {
    const some = files.slice(from, from + atOnce)
    await Promise.all(some.map((entry) => removeFile(operations, pathOf(entry))))
    removed = sum(removed, {
      files: some.length,
      bytes: some.reduce((total, { attrs }) => total + (attrs.size ?? 0), 0),
    })
  }
  return removed
}

/** Removes a folder if nothing is in it. */
export async function removeIfEmpty(operations: Operations, folder: string): Promise<boolean> {
  const place = operations.place(folder)
  try {
    await operations.raw<void>((sftp, answer) => sftp.rmdir(place, answer))
    operations.connection.forget(place)
    return true
  } catch (error) {
    // That it is not empty, not there or not ours to remove: servers tell it in many ways.
    if (statusOf(error) === undefined) throw error
    return false
  }
}

async function removeFolder(operations: Operations, folder: string): Promise<void> {
  const place = operations.place(folder)
  await operations.unlessMissing<void>(`Removing the folder ${folder}`, place, (sftp, answer) =>
    sftp.rmdir(place, answer),
  )
  operations.connection.forget(place)
}

async function removeFile(operations: Operations, path: string): Promise<void> {
  const place = operations.place(path)
  await operations.unlessMissing<void>(`Removing ${path}`, place, (sftp, answer) => sftp.unlink(place, answer))
}

/** The kind from the listing, without following a link. If the listing lacks it, a request finds it out. */
async function kindsOf(
  operations: Operations,
  folder: string,
  entries: readonly FileEntry[],
): Promise<ReadonlyMap<FileEntry, Kind>> {
  const kinds = new Map<FileEntry, Kind>()
  for (const entry of entries) {
    const known = kindOfMode(entry.attrs.mode)
    kinds.set(entry, known ?? (await kindOf(operations, operations.place(`${folder}/${entry.filename}`))))
  }
  return kinds
}

function sum(one: Removed, other: Removed): Removed {
  return { files: one.files + other.files, bytes: one.bytes + other.bytes }
}
