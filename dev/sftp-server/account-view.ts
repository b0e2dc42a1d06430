import { lstat, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { SftpAccess } from './accounts.js'
import { noSuchFile } from './failure.js'
import { isFolderName, isHidden, normalizePath, placeForTenant } from './virtual-paths.js'

/** Where a client's path leads: to something on disk, or to a folder that only this account sees. */
export type Location =
  { readonly kind: 'disk'; readonly file: string } | { readonly kind: 'virtual'; readonly names: readonly string[] }

/** The files as one account sees them. */
export interface AccountView {
  readonly writable: boolean
  /** Whether a folder's listing shows the name. */
  shows(name: string): boolean
  /** Finds the location of a path. Throws a failure if it does not exist for this account. */
  locate(path: string): Promise<Location>
}

/** @param root the real path of the folder that holds `exports/` */
export function viewFor(access: SftpAccess, root: string): AccountView {
  return access.kind === 'writer' ? writerView(root) : tenantView(access.tenantId, root)
}

function writerView(root: string): AccountView {
  return {
    writable: true,
    shows: () => true,
    locate: async (path) => ({ kind: 'disk', file: await placeOnDisk(root, normalizePath(path)) }),
  }
}

function tenantView(tenantId: string, root: string): AccountView {
  if (!isFolderName(tenantId)) throw new Error(`The tenant id ${JSON.stringify(tenantId)} can't be a folder name`)
  return {
    writable: false,
    shows: (name) => !isHidden(name),
    locate: async (path) => {
      const place = placeForTenant(normalizePath(path), tenantId)
      if (place.kind === 'nowhere') throw noSuchFile()
      if (place.kind === 'parent') return { kind: 'virtual', names: place.names }
      const isOwnFolder = place.path === `/exports/${tenantId}`
      const file = await placeOnDisk(root, place.path).catch(orNothing)
      const stats = file === undefined ? undefined : await lstat(file).catch(orNothing)
      // Before the first export the tenant's folder is empty, not missing.
      if (!stats && isOwnFolder) return { kind: 'virtual', names: [] }
      if (!file || !stats || stats.isSymbolicLink()) throw noSuchFile()
      return { kind: 'disk', file }
    },
  }
}

/**
 * The location of a path on disk. No folder in the path may be a symbolic link, since a link can lead out of the root.
 * The last name may be a link, or may not exist. The caller opens it without following links.
 */
async function placeOnDisk(root: string, path: string): Promise<string> {
  if (path === '/') return root
  const file = join(root, path)
  const folder = dirname(file)
  if ((await realpath(folder)) !== folder) throw noSuchFile()
  return file
}

function orNothing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
