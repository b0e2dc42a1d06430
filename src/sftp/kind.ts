import { constants } from 'node:fs'
import type { Stats } from 'ssh2'
import { isUnsupported } from './errors.js'
import type { Operations } from './operations.js'

/** What is stored at a path. `unknown`: the server refuses every request about it. */
export type Kind = 'folder' | 'file' | 'link' | 'missing' | 'unknown'

/**
 * What is stored at a path, without following symbolic links. Some servers, mostly on Windows, send attributes without type
 * bits or without permissions. Then other requests find out the kind.
 */
export async function kindOf(operations: Operations, place: string): Promise<Kind> {
  const { stats, refused } = await operations.look(place)
  if (!stats) return refused ? 'unknown' : 'missing'
  return kindOfMode(stats.mode) ?? (await kindByAsking(operations, place, stats))
}

/** The kind by the type bits of a mode; undefined if it has none. */
export function kindOfMode(mode: number | undefined): Kind | undefined {
  switch ((mode ?? 0) & constants.S_IFMT) {
    case 0:
      return undefined
    case constants.S_IFDIR:
      return 'folder'
    case constants.S_IFLNK:
      return 'link'
    default:
      return 'file'
  }
}

async function kindByAsking(operations: Operations, place: string, stats: Stats): Promise<Kind> {
  if (await isLink(operations, place, stats)) return 'link'
  return (await opensAsFolder(operations, place)) ? 'folder' : 'file'
}

/** If a server lacks READLINK, a link shows by attributes that differ from those of its target. */
async function isLink(operations: Operations, place: string, link: Stats): Promise<boolean> {
  try {
    await operations.raw<string>((sftp, answer) => sftp.readlink(place, answer))
    return true
  } catch (error) {
    if (!isUnsupported(error)) return operations.refusedAs(error, false)
  }
  const target = await operations.stat(place)
  const differs = (field: 'size' | 'mtime' | 'mode' | 'uid' | 'gid') => target?.[field] !== link[field]
  return target === undefined || (['size', 'mtime', 'mode', 'uid', 'gid'] as const).some(differs)
}

async function opensAsFolder(operations: Operations, place: string): Promise<boolean> {
  try {
    const handle = await operations.raw<Buffer>((sftp, answer) => sftp.opendir(place, answer))
    await operations.raw<void>((sftp, answer) => sftp.close(handle, answer))
    return true
  } catch (error) {
    return operations.refusedAs(error, false)
  }
}
