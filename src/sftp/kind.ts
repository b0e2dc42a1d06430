import { constants } from 'node:fs'
import type { Stats } from 'ssh2'
import { isUnsupported } from './errors.js'
import type { Operations } from './operations.js'

/** What is stored at a place. `unknown`: the server answers no question about it. */
export type Kind = 'folder' | 'file' | 'link' | 'missing' | 'unknown'

/**
 * What is stored at a place, symbolic links not followed. Some servers, on Windows above all, send attributes without the
 * bits that tell the kind, or without permissions at all: then other questions are asked.
 */
export async function kindOf(operations: Operations, place: string): Promise<Kind> {
  const { stats, refused } = await operations.look(place)
  if (!stats) return refused ? 'unknown' : 'missing'
  return kindOfMode(stats.mode) ?? (await kindByAsking(operations, place, stats))
}

/** The kind that the type bits of a mode tell; undefined where it has none. */
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

/** A server without READLINK tells a link all the same: it is not as large and as old as what it leads to. */
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
