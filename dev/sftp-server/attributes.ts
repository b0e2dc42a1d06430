import type { Stats } from 'node:fs'
import type { Attributes, FileEntry } from 'ssh2'

const folderType = 0o040000
const typeBits = 0o170000

/**
 * The attributes that a client sees. A reader sees all files as read-only, but not the folders: `get -r` copies their
 * modes, and a read-only folder is hard to remove.
 */
export function attributesOf(stats: Stats, writable: boolean): Attributes {
  return {
    mode: writable || stats.isDirectory() ? stats.mode : stats.mode & ~0o222,
    uid: stats.uid,
    gid: stats.gid,
    size: stats.size,
    atime: Math.floor(stats.atimeMs / 1000),
    mtime: Math.floor(stats.mtimeMs / 1000),
  }
}

/** A folder that is not on disk. */
export function virtualFolderAttributes(now: Date): Attributes {
  const seconds = Math.floor(now.getTime() / 1000)
  return { mode: folderType | 0o755, uid: 0, gid: 0, size: 0, atime: seconds, mtime: seconds }
}

/** One name of a listing. */
export function entry(name: string, attrs: Attributes, now: Date): FileEntry {
  return { filename: name, longname: longName(name, attrs, now), attrs }
}

/** A line in the format of `ls -l`. Clients print it unchanged. */
export function longName(name: string, attrs: Attributes, now: Date): string {
  const owner = `${String(attrs.uid).padEnd(8)} ${String(attrs.gid).padEnd(8)}`
  return `${modeText(attrs.mode)}    1 ${owner} ${String(attrs.size).padStart(8)} ${dateText(attrs.mtime, now)} ${name}`
}

function modeText(mode: number): string {
  const type = { [folderType]: 'd', 0o120000: 'l' }[mode & typeBits] ?? '-'
  const bits = Array.from('rwxrwxrwx', (letter, index) => (mode & (0o400 >> index) ? letter : '-'))
  return type + bits.join('')
}

/** Like `ls`: the time of day for the last half year, otherwise the year. */
function dateText(seconds: number, now: Date): string {
  const date = new Date(seconds * 1000)
  const month = date.toLocaleString('en-US', { month: 'short', timeZone: 'UTC' })
  const day = String(date.getUTCDate()).padStart(2)
  const age = now.getTime() - date.getTime()
  const isRecent = age >= 0 && age < 182 * 24 * 3600 * 1000
  return `${month} ${day} ${isRecent ? date.toISOString().slice(11, 16) : String(date.getUTCFullYear()).padStart(5)}`
}
