import { constants, type Dir } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import ssh2 from 'ssh2'
import { ByteRanges } from '../../src/domain/byte-ranges.js'
import { failure } from './failure.js'

const { OPEN_MODE } = ssh2.utils.sftp

export interface OpenFile {
  readonly kind: 'file'
  readonly file: FileHandle
  /** The path as the client sees it. */
  readonly path: string
  readonly openedAt: Date
  readonly appends: boolean
  /** Whether closing has to sync the file. */
  written: boolean
  /** The bytes that the client has read, and their number, in which bytes that were read twice count twice. */
  readonly ranges: ByteRanges
  bytesRead: number
}

/** A file that was just opened. */
export function openFile(file: FileHandle, path: string, appends: boolean): OpenFile {
  return {
    kind: 'file',
    file,
    path,
    openedAt: new Date(),
    appends,
    written: false,
    ranges: new ByteRanges(),
    bytesRead: 0,
  }
}

export interface OpenFolder {
  readonly kind: 'folder'
  /** The folder on disk that `names` come from. */
  readonly path: string
  readonly names: Dir
}

/** A folder that is not on disk. It lists its names once. */
export interface OpenVirtualFolder {
  readonly kind: 'virtual'
  names: readonly string[]
}

export type OpenHandle = OpenFile | OpenFolder | OpenVirtualFolder

/** The open handles of one session. A client names a handle with four opaque bytes. */
export class OpenHandles {
  readonly #open = new Map<number, OpenHandle>()
  #last = 0

  /**
   * @param limit the maximum number of open handles
   * @param onClosed is called with each file that was closed, also when the session ends
   */
  constructor(
    readonly limit: number,
    private readonly onClosed: (file: OpenFile) => void = () => undefined,
  ) {}

  /** Throws a failure if the limit is reached. Call it before opening. */
  requireRoom(): void {
    if (this.#open.size >= this.limit) throw failure('Too many open handles')
  }

  add(handle: OpenHandle): Buffer {
    this.#last += 1
    this.#open.set(this.#last, handle)
    const name = Buffer.alloc(4)
    name.writeUInt32BE(this.#last)
    return name
  }

  get(name: Buffer): OpenHandle {
    const handle = this.#open.get(numberOf(name))
    if (!handle) throw failure('Invalid handle')
    return handle
  }

  getFile(name: Buffer): OpenFile {
    const handle = this.get(name)
    if (handle.kind !== 'file') throw failure('Not a file')
    return handle
  }

  /** Closes a handle. A written file is synced to disk when this resolves. */
  async close(name: Buffer): Promise<void> {
    const handle = this.get(name)
    this.#open.delete(numberOf(name))
    await this.#close(handle)
  }

  /** Closes all handles, even if closing one fails. */
  async closeAll(): Promise<void> {
    const handles = [...this.#open.values()]
    this.#open.clear()
    await Promise.allSettled(handles.map((handle) => this.#close(handle)))
  }

  async #close(handle: OpenHandle): Promise<void> {
    await closeHandle(handle)
    if (handle.kind === 'file') this.onClosed(handle)
  }
}

async function closeHandle(handle: OpenHandle): Promise<void> {
  if (handle.kind === 'folder') await handle.names.close()
  if (handle.kind !== 'file') return
  try {
    if (handle.written) await handle.file.sync()
  } finally {
    await handle.file.close()
  }
}

function numberOf(name: Buffer): number {
  return name.length === 4 ? name.readUInt32BE() : -1
}

/** Whether an OPEN request would change anything. */
export function asksToWrite(sftpFlags: number): boolean {
  return (sftpFlags & ~OPEN_MODE.READ) !== 0
}

/** The flags for the file system. With them, links are not followed and opening a pipe does not block. */
export function openFlags(sftpFlags: number): number {
  const has = (flag: number): boolean => (sftpFlags & flag) !== 0
  const { O_RDONLY, O_WRONLY, O_RDWR, O_APPEND, O_CREAT, O_TRUNC, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants
  const writes = has(OPEN_MODE.WRITE | OPEN_MODE.APPEND)
  let flags = O_NOFOLLOW | O_NONBLOCK | (writes ? (has(OPEN_MODE.READ) ? O_RDWR : O_WRONLY) : O_RDONLY)
  if (has(OPEN_MODE.APPEND)) flags |= O_APPEND
  if (has(OPEN_MODE.CREAT)) flags |= O_CREAT
  if (has(OPEN_MODE.TRUNC)) flags |= O_TRUNC
  if (has(OPEN_MODE.EXCL)) flags |= O_EXCL
  return flags
}
