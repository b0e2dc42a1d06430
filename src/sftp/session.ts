import { posix } from 'node:path'
import type { FileEntry, SFTPWrapper, Stats } from 'ssh2'
import { ExportError } from '../domain/errors.js'
import type { Answer, Connection } from './connection.js'
import { operationError, status, statusOf } from './errors.js'
import type { SftpSession } from './types.js'
import { writeChunks } from './write.js'

/** How long a failed upload may take to tidy up after itself. */
const tidyMs = 5_000

/** A server with less free space than this, in bytes, is full. */
const spareBytes = 1024 * 1024

/** Syncing a large file may take minutes on a slow disk. */
const syncPatience = 10

/** The operations of one session on one connection. Ends with the reason of `signal` when that aborts. */
export class RemoteFiles implements SftpSession {
  constructor(
    private readonly connection: Connection,
    private readonly root: string,
    private readonly signal: AbortSignal,
  ) {}

  async upload(
    path: string,
    chunks: AsyncIterable<Buffer>,
    onProgress: (bytes: number) => void = () => {},
  ): Promise<{ bytes: number }> {
    const file = this.#place(path)
    const doing = `Uploading ${path}`
    let handle: Buffer | undefined
    try {
      handle = await this.#openForWriting(doing, file)
      const bytes = await this.#write(doing, file, handle, chunks, onProgress)
      await this.#sync(doing, file, handle)
      await this.#close(doing, file, handle)
      await this.#verifySize(path, bytes)
      return { bytes }
    } catch (error) {
      // An abort may have come after the server was asked to open, and before it answered.
      if (handle || this.signal.aborted) await this.#tidy(file, handle)
      throw error
    }
  }

  async replace(from: string, to: string): Promise<void> {
    const [source, target] = [this.#place(from), this.#place(to)]
    const doing = `Renaming ${from} to ${to}`
    try {
      await this.#raw<void>((sftp, answer) => sftp.ext_openssh_rename(source, target, answer))
    } catch (error) {
      if (statusOf(error) !== status.unsupported) throw await this.#typed(doing, target, error)
      await this.#renameWithoutExtension(doing, source, target)
    }
    await this.#syncFolder(posix.dirname(target))
  }

  async remove(path: string): Promise<boolean> {
    const file = this.#place(path)
    const removed = await this.#unlessMissing<true>(`Removing ${path}`, file, (sftp, answer) =>
      sftp.unlink(file, (error) => answer(error, true)),
    )
    return removed ?? false
  }

  async size(path: string): Promise<number | undefined> {
    const file = this.#place(path)
    const stats = await this.#unlessMissing<Stats>(`Looking at ${path}`, file, (sftp, answer) =>
      sftp.stat(file, answer),
    )
    return stats?.size
  }

  read(path: string): Promise<Buffer> {
    const file = this.#place(path)
    return this.#ask<Buffer>(`Reading ${path}`, file, (sftp, answer) => sftp.readFile(file, answer))
  }

  async list(folder: string): Promise<string[]> {
    const place = this.#place(folder)
    const entries = await this.#unlessMissing<FileEntry[]>(`Listing ${folder}`, place, (sftp, answer) =>
      sftp.readdir(place, answer),
    )
    const names = entries?.map((entry) => entry.filename) ?? []
    return names.filter((name) => name !== '.' && name !== '..').sort()
  }

  /** The path on the server. Refuses what could lead elsewhere, and NUL, which ends the channel of some servers. */
  #place(path: string): string {
    if (/^(\/(?!\.{1,2}(\/|$))[^/\0]+)+$/.test(path) || path === '/') return `${this.root}${path}`
    throw new ExportError('INTERNAL', `${JSON.stringify(path)} is not an absolute path in its plain form.`)
  }

  async #openForWriting(doing: string, file: string): Promise<Buffer> {
    const open = () => this.#raw<Buffer>((sftp, answer) => sftp.open(file, 'w', answer))
    try {
      return await open()
    } catch (error) {
      if (statusOf(error) !== status.noSuchFile && statusOf(error) !== status.failure) {
        throw await this.#typed(doing, file, error)
      }
      await this.#makeFolder(posix.dirname(file))
      return open().catch(async (again: unknown) => Promise.reject(await this.#typed(doing, file, again)))
    }
  }

  /** Makes a folder and those above it. Others may be making the same at the same time. */
  async #makeFolder(folder: string): Promise<void> {
    const make = () => this.#raw<void>((sftp, answer) => sftp.mkdir(folder, answer))
    try {
      await make()
    } catch (error) {
      if (await this.#isFolder(folder)) return
      if (statusOf(error) !== status.noSuchFile || folder === '/') {
        throw await this.#typed(`Making the folder ${folder}`, folder, error)
      }
      await this.#makeFolder(posix.dirname(folder))
      await make().catch(async (again: unknown) => {
        if (await this.#isFolder(folder)) return
        throw await this.#typed(`Making the folder ${folder}`, folder, again)
      })
    }
  }

  async #write(
    doing: string,
    file: string,
    handle: Buffer,
    chunks: AsyncIterable<Buffer>,
    onProgress: (bytes: number) => void,
  ): Promise<number> {
    try {
      return await writeChunks(this.connection, handle, chunks, this.signal, onProgress)
    } catch (error) {
      // What the chunks threw is for the caller as it is.
      throw statusOf(error) === undefined ? error : await this.#typed(doing, file, error)
    }
  }

  /** Asks that the bytes be on disk. Servers without the extension promise nothing, and none of them is refused. */
  async #sync(doing: string, file: string, handle: Buffer): Promise<void> {
    try {
      await this.#raw<void>((sftp, answer) => sftp.ext_openssh_fsync(handle, answer), syncPatience)
    } catch (error) {
      if (statusOf(error) !== status.unsupported) throw await this.#typed(doing, file, error)
    }
  }

  /** Makes a rename last through a crash of the server, where it can. The rename itself has been done already. */
  async #syncFolder(folder: string): Promise<void> {
    const handle = await this.#raw<Buffer>((sftp, answer) => sftp.open(folder, 'r', answer)).catch(noAnswer)
    if (!handle) return
    const sync = (sftp: SFTPWrapper, answer: Answer<void>) => sftp.ext_openssh_fsync(handle, answer)
    await this.#raw<void>(sync, syncPatience).catch(noAnswer)
    await this.#raw<void>((sftp, answer) => sftp.close(handle, answer)).catch(noAnswer)
  }

  #close(doing: string, file: string, handle: Buffer): Promise<void> {
    return this.#ask<void>(doing, file, (sftp, answer) => sftp.close(handle, answer), syncPatience)
  }

  async #verifySize(path: string, sent: number): Promise<void> {
    const size = await this.size(path)
    if (size === sent) return
    throw new ExportError(
      'SFTP_VERIFICATION_FAILED',
      `Uploading ${path} to ${this.connection.where}: sent ${sent} bytes, but the file has ${size ?? 'vanished'}.`,
    )
  }

  /** Plain renames replace on some servers; where they don't, the target must go first, and is away for a moment. */
  async #renameWithoutExtension(doing: string, source: string, target: string): Promise<void> {
    const rename = () => this.#raw<void>((sftp, answer) => sftp.rename(source, target, answer))
    try {
      await rename()
    } catch (error) {
      // Nothing is removed for a rename that could not have worked anyway.
      if (!(await this.#exists(source)) || !(await this.#exists(target))) throw await this.#typed(doing, source, error)
      await this.#ask<void>(doing, target, (sftp, answer) => sftp.unlink(target, answer))
      await this.#ask<void>(doing, source, (sftp, answer) => sftp.rename(source, target, answer))
    }
  }

  async #exists(path: string): Promise<boolean> {
    return (await this.#stat(path)) !== undefined
  }

  async #isFolder(path: string): Promise<boolean> {
    return (await this.#stat(path))?.isDirectory() ?? false
  }

  /** What the server tells of a path, or undefined where it tells nothing. */
  #stat(path: string): Promise<Stats | undefined> {
    return this.#raw<Stats>((sftp, answer) => sftp.stat(path, answer)).catch(noAnswer)
  }

  /** Closes and removes a file that is not whole, if that can be done soon. */
  async #tidy(file: string, handle: Buffer | undefined): Promise<void> {
    const soon = AbortSignal.timeout(tidyMs)
    if (handle) await this.connection.ask<void>(soon, (sftp, answer) => sftp.close(handle, answer)).catch(() => {})
    await this.connection.ask<void>(soon, (sftp, answer) => sftp.unlink(file, answer)).catch(() => {})
  }

  #raw<T>(request: (sftp: SFTPWrapper, answer: Answer<T>) => void, patience?: number): Promise<T> {
    return this.connection.ask(this.signal, request, patience)
  }

  async #ask<T>(
    doing: string,
    path: string,
    request: (sftp: SFTPWrapper, answer: Answer<T>) => void,
    patience?: number,
  ): Promise<T> {
    try {
      return await this.#raw(request, patience)
    } catch (error) {
      throw await this.#typed(doing, path, error)
    }
  }

  async #unlessMissing<T>(
    doing: string,
    path: string,
    request: (sftp: SFTPWrapper, answer: Answer<T>) => void,
  ): Promise<T | undefined> {
    try {
      return await this.#raw(request)
    } catch (error) {
      if (statusOf(error) === status.noSuchFile) return undefined
      throw await this.#typed(doing, path, error)
    }
  }

  /** `Failure` may mean anything: where the server tells its free space, a full disk is recognized. */
  async #typed(doing: string, path: string, error: unknown): Promise<ExportError> {
    const full = statusOf(error) === status.failure && (await this.#isFull(posix.dirname(path)))
    return operationError(`${doing} on ${this.connection.where}`, error, full)
  }

  async #isFull(folder: string): Promise<boolean> {
    try {
      const space = await this.#raw<Record<string, number>>((sftp, answer) => sftp.ext_openssh_statvfs(folder, answer))
      const {
        f_bavail: blocks = 1,
        f_frsize: blockBytes = spareBytes,
        f_favail: files = 1,
        f_files: allFiles = 0,
      } = space
      return blocks * blockBytes < spareBytes || (allFiles > 0 && files === 0)
    } catch {
      return false
    }
  }
}

/** A server's refusal as no answer; anything else is thrown on. */
function noAnswer(error: unknown): undefined {
  if (statusOf(error) === undefined) throw error
}
