import { posix } from 'node:path'
import type { SFTPWrapper, Stats } from 'ssh2'
import { ExportError } from '../domain/errors.js'
import type { Answer, AskOptions, Connection } from './connection.js'
import { isAboutSpace, isMissing, isUnsupported, operationError, status, statusOf } from './errors.js'
import { syncTimeout } from './sync-timeout.js'

export type Request<T> = (sftp: SFTPWrapper, answer: Answer<T>) => void

/** A server with less free space than this, in bytes, is full. */
const spareBytes = 1024 * 1024

/** The requests that a session's operations consist of. The session's signal aborts each of them. */
export class Operations {
  constructor(
    readonly connection: Connection,
    private readonly root: string,
    readonly signal: AbortSignal,
  ) {}

  /** The path on the server. Refuses paths that could lead elsewhere, and NUL, which ends the channel of some servers. */
  place(path: string): string {
    if (path === '/' || /^(\/(?!\.{1,2}(\/|$))[^/\0]+)+$/.test(path)) return `${rootOf(path, this.root)}${path}`
    throw new ExportError('INTERNAL', `${JSON.stringify(path)} is not an absolute path in its plain form.`)
  }

  /**
   * The folders above a path that Tidemark owns: all except `/exports`, the first one below the root, which the operator
   * owns.
   */
  foldersTo(path: string): string[] {
    const names = path.split('/').slice(1, -1)
    const logical = names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`)
    return logical.slice(1).map((folder) => this.place(folder))
  }

  /** Whether the server's operator creates a folder. If each tenant has its own root, these are the root and all above it. */
  isGiven(folder: string): boolean {
    const [above, below] = this.root.split(tenantMark)
    if (above === undefined || below === undefined || !folder.startsWith(above)) return false
    const [tenantId = ''] = folder.slice(above.length).split('/')
    return `${above}${tenantId}${below}/exports/${tenantId}/`.startsWith(`${folder}/`)
  }

  /** Rejects with ssh2's error, which has the status, if the server refuses. */
  raw<T>(request: Request<T>, options?: AskOptions): Promise<T> {
    return this.connection.ask(this.signal, request, options)
  }

  /** Rejects with a typed error if the server refuses. `doing` names the operation and the logical path. */
  async ask<T>(doing: string, place: string, request: Request<T>, options?: AskOptions): Promise<T> {
    try {
      return await this.raw(request, options)
    } catch (error) {
      throw await this.typed(doing, place, error)
    }
  }

  /** As `ask`, but undefined if nothing is stored at the path. */
  async unlessMissing<T>(doing: string, place: string, request: Request<T>): Promise<T | undefined> {
    try {
      return await this.raw(request)
    } catch (error) {
      if (isMissing(error)) return undefined
      throw await this.typed(doing, place, error)
    }
  }

  /** Syncs an open file to disk. A server that does not support it is not refused. */
  async sync(handle: Buffer, channel?: SFTPWrapper): Promise<void> {
    const options = { ...syncTimeout, ...(channel && { channel }) }
    try {
      await this.raw<void>((sftp, answer) => sftp.ext_openssh_fsync(handle, answer), options)
    } catch (error) {
      if (!isUnsupported(error)) throw error
    }
  }

  /** The attributes of a path, or undefined if the server reports none. */
  stat(place: string, options?: AskOptions): Promise<Stats | undefined> {
    return this.raw<Stats>((sftp, answer) => sftp.stat(place, answer), options).catch(ignoreRefusal)
  }

  /** The size of a file in bytes; undefined if there is no file, `unknown` if the server does not report it. */
  async sizeAt(place: string, options?: AskOptions): Promise<number | 'unknown' | undefined> {
    try {
      return (await this.raw<Partial<Stats>>((sftp, answer) => sftp.stat(place, answer), options)).size ?? 'unknown'
    } catch (error) {
      return this.refusedAs(error, isMissing(error) ? undefined : 'unknown')
    }
  }

  /** The same without following a symbolic link. `refused`: the server does not report whether anything is stored there. */
  async look(place: string): Promise<{ readonly stats: Stats | undefined; readonly refused: boolean }> {
    try {
      return { stats: await this.raw<Stats>((sftp, answer) => sftp.lstat(place, answer)), refused: false }
    } catch (error) {
      return { stats: undefined, refused: this.refusedAs(error, !isMissing(error)) }
    }
  }

  /** Returns a value if the server refused, and throws every other error. */
  refusedAs<T>(error: unknown, value: T): T {
    if (statusOf(error) === undefined) throw error
    return value
  }

  /** The typed error. The status `Failure` has many causes. A full disk is recognized if the server reports it. */
  async typed(doing: string, place: string, error: unknown): Promise<ExportError> {
    const full =
      isAboutSpace(error) ||
      (statusOf(error) === status.failure && (await this.space(posix.dirname(place)))?.isFull === true)
    return operationError(`${doing} on ${this.connection.where}`, error, full)
  }

  /** The free space of a folder in bytes, and whether it is full; undefined if the server does not report it. */
  async space(folder: string): Promise<{ readonly bytes: number; readonly isFull: boolean } | undefined> {
    const request: Request<Record<string, number>> = (sftp, answer) => sftp.ext_openssh_statvfs(folder, answer)
    const space = await this.raw(request).catch(() => undefined)
    if (!space) return undefined
    const {
      f_bavail: blocks = 1,
      f_frsize: blockBytes = spareBytes,
      f_favail: files = 1,
      f_files: allFiles = 0,
    } = space
    const bytes = blocks * blockBytes
    return { bytes, isFull: bytes < spareBytes || (allFiles > 0 && files === 0) }
  }
}

/** The placeholder of the tenant id in the root. */
const tenantMark = '{tenant}'

/** The root of a path: `/tenants/acme` for `/exports/acme/…`, or the folder above if the path is not a tenant's. */
function rootOf(path: string, root: string): string {
  const tenantId = path.split('/')[2]
  const mark = root.indexOf(`/${tenantMark}`)
  if (mark < 0) return root
  return tenantId === undefined ? root.slice(0, mark) : root.replaceAll(tenantMark, tenantId)
}

/** For `catch`: returns undefined if the server has answered with an error, and throws every other error. */
export function ignoreRefusal(error: unknown): undefined {
  if (statusOf(error) === undefined) throw error
}
