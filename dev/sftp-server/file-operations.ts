import { constants, type Stats } from 'node:fs'
import { chmod, lstat, mkdir, open, opendir, rename, rm, rmdir, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { Attributes, FileEntry } from 'ssh2'
import type { AccountView } from './account-view.js'
import { attributesOf, entry, virtualFolderAttributes } from './attributes.js'
import { failure, permissionDenied, unsupported } from './failure.js'
import {
  asksToWrite,
  openFile,
  openFlags,
  type OpenFolder,
  type OpenHandles,
  type OpenVirtualFolder,
} from './open-handles.js'
import { normalizePath } from './virtual-paths.js'

/** The largest answer that the clients of OpenSSH and ssh2 accept in one packet. */
const largestRead = 255 * 1024
const namesPerAnswer = 64
const permissionBits = 0o777
/** New files and folders are private to the owner, whatever mode the client requests. It can change the mode later. */
const ownerBits = 0o700

/** The requests of SFTP version 3 on the files of one account. Each throws a failure or an error of the file system. */
export class FileOperations {
  constructor(
    readonly view: AccountView,
    readonly handles: OpenHandles,
  ) {}

  async open(path: string, sftpFlags: number, attrs: Partial<Attributes>): Promise<Buffer> {
    if (asksToWrite(sftpFlags)) this.#requireWritable()
    this.handles.requireRoom()
    const location = await this.view.locate(path)
    if (location.kind === 'virtual') throw failure('Is a directory')
    const file = await open(location.file, openFlags(sftpFlags), (attrs.mode ?? 0o666) & ownerBits)
    try {
      if (!(await file.stat()).isFile()) throw failure('Not a regular file')
    } catch (error) {
      await file.close()
      throw error
    }
    const appends = (openFlags(sftpFlags) & constants.O_APPEND) !== 0
    return this.handles.add(openFile(file, normalizePath(path), appends))
  }

  /** Undefined at the end of the file. */
  async read(handle: Buffer, offset: number, length: number): Promise<Buffer | undefined> {
    const target = this.handles.getFile(handle)
    const buffer = Buffer.allocUnsafe(Math.min(length, largestRead))
    const { bytesRead } = await target.file.read(buffer, 0, buffer.length, offset)
    target.bytesRead += bytesRead
    target.ranges.add(offset, offset + bytesRead)
    return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead)
  }

  async write(handle: Buffer, offset: number, data: Buffer): Promise<void> {
    this.#requireWritable()
    const target = this.handles.getFile(handle)
    target.written = true
    let done = 0
    while (done < data.length) {
      const position = target.appends ? null : offset + done
      done += (await target.file.write(data, done, data.length - done, position)).bytesWritten
    }
  }

  async openFolder(path: string): Promise<Buffer> {
    this.handles.requireRoom()
    const location = await this.view.locate(path)
    if (location.kind === 'virtual') return this.handles.add({ kind: 'virtual', names: location.names })
    if (!(await lstat(location.file)).isDirectory()) throw failure('Not a directory')
    return this.handles.add({ kind: 'folder', path: location.file, names: await opendir(location.file) })
  }

  /** The next names of a folder, empty after the last one. */
  async readFolder(handle: Buffer): Promise<FileEntry[]> {
    const folder = this.handles.get(handle)
    if (folder.kind === 'file') throw failure('Not a directory')
    return folder.kind === 'virtual' ? takeNames(folder) : this.#nextEntries(folder)
  }

  /** The attributes of a path. A symbolic link is reported as a link and not followed. */
  async stat(path: string): Promise<Attributes> {
    const location = await this.view.locate(path)
    if (location.kind === 'virtual') return virtualFolderAttributes(new Date())
    return attributesOf(await lstat(location.file), this.view.writable)
  }

  async statHandle(handle: Buffer): Promise<Attributes> {
    return attributesOf(await this.handles.getFile(handle).file.stat(), this.view.writable)
  }

  async setAttributes(path: string, attrs: Partial<Attributes>): Promise<void> {
    const target = await this.#locateForChange(path)
    const stats = await lstat(target)
    if (stats.isDirectory() && attrs.mode !== undefined) await chmod(target, attrs.mode & permissionBits)
    if (!stats.isFile()) return
    const file = await open(target, constants.O_RDWR | constants.O_NOFOLLOW)
    try {
      await applyAttributes(file, attrs)
    } finally {
      await file.close()
    }
  }

  async setHandleAttributes(handle: Buffer, attrs: Partial<Attributes>): Promise<void> {
    this.#requireWritable()
    await applyAttributes(this.handles.getFile(handle).file, attrs)
  }

  async remove(path: string): Promise<void> {
    const target = await this.#locateForChange(path)
    if ((await lstat(target)).isDirectory()) throw failure('Is a directory')
    await rm(target)
  }

  async removeFolder(path: string): Promise<void> {
    await rmdir(await this.#locateForChange(path))
  }

  async makeFolder(path: string, attrs: Partial<Attributes>): Promise<void> {
    await mkdir(await this.#locateForChange(path), { mode: (attrs.mode ?? 0o777) & ownerBits })
  }

  /** Replaces an existing target in one step, since ssh2's server can't announce `posix-rename@openssh.com`. */
  async rename(from: string, to: string): Promise<void> {
    await rename(await this.#locateForChange(from), await this.#locateForChange(to))
  }

  /** Links can lead out of a folder, so the server makes none. */
  async refuseLink(): Promise<never> {
    this.#requireWritable()
    throw unsupported()
  }

  async sync(handle: Buffer): Promise<void> {
    await this.handles.getFile(handle).file.sync()
  }

  #requireWritable(): void {
    if (!this.view.writable) throw permissionDenied()
  }

  async #locateForChange(path: string): Promise<string> {
    this.#requireWritable()
    const location = await this.view.locate(path)
    if (location.kind === 'virtual' || normalizePath(path) === '/') throw permissionDenied()
    return location.file
  }

  async #nextEntries(folder: OpenFolder): Promise<FileEntry[]> {
    const entries: FileEntry[] = []
    while (entries.length < namesPerAnswer) {
      const next = await folder.names.read()
      if (!next) break
      const stats = await this.#statVisible(folder, next.name)
      if (stats) entries.push(entry(next.name, attributesOf(stats, this.view.writable), new Date()))
    }
    return entries
  }

  /** Undefined for names that this account can't see, and for names removed since the listing began. */
  async #statVisible(folder: OpenFolder, name: string): Promise<Stats | undefined> {
    if (!this.view.shows(name)) return undefined
    const stats = await lstat(join(folder.path, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
    return stats?.isSymbolicLink() && !this.view.writable ? undefined : (stats ?? undefined)
  }
}

function takeNames(folder: OpenVirtualFolder): FileEntry[] {
  const now = new Date()
  const entries = folder.names.map((name) => entry(name, virtualFolderAttributes(now), now))
  folder.names = []
  return entries
}

async function applyAttributes(file: FileHandle, attrs: Partial<Attributes>): Promise<void> {
  if (attrs.size !== undefined) await file.truncate(attrs.size)
  if (attrs.uid !== undefined && attrs.gid !== undefined) await file.chown(attrs.uid, attrs.gid)
  if (attrs.mode !== undefined) await file.chmod(attrs.mode & permissionBits)
  if (attrs.atime !== undefined && attrs.mtime !== undefined) await file.utimes(attrs.atime, attrs.mtime)
}
