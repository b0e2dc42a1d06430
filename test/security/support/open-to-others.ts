import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** The files and folders below a folder, and itself, that another user of the machine may read, write or walk through. */
export async function openToOthers(folder: string): Promise<string[]> {
  const below = await readdir(folder, { recursive: true })
  const paths = [folder, ...below.map((path) => join(folder, path))]
  const open = await Promise.all(paths.map(async (path) => ((await isOpen(path)) ? [path] : [])))
  return open.flat()
}

/** The mode of a link says nothing: it opens no more than what it leads to. */
async function isOpen(path: string): Promise<boolean> {
  const found = await lstat(path)
  return !found.isSymbolicLink() && (found.mode & 0o077) !== 0
}
