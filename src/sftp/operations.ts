import { posix } from 'node:path'
import type { SFTPWrapper, Stats } from 'ssh2'
import { ExportError } from '../domain/errors.js'
import type { Answer, AskOptions, Connection } from './connection.js'
import { isAboutSpace, isMissing, isUnsupported, operationError, status, statusOf } from './errors.js'
import { syncTimeout } from './sync-timeout.js'

export type Request<T> = (sftp: SFTPWrapper, answer: Answer<T>) => void

/** A server with less free space than this, in bytes, is full. */
const spareBytes = 1024 * 1024

/** What a session's operations are made of: one question each, ended by the session's signal. */
export class Operations {
  constructor(
    readonly connection: Connection,
    private readonly root: string,
    readonly signal: AbortSignal,
  ) {}

  /** The place of a logical path. Refuses what could lead elsewhere, and NUL, which ends the channel of some servers. */
  place(path: string): string {
    if (path === '/' || /^(\/(?!\.{1,2}(\/|$))[^/\0]+)+$/.test(path)) return `${rootOf(path, this.root)}${path}`
    throw new ExportError('INTERNAL', `${JSON.stringify(path)} is not an absolute path in its plain form.`)
  }

  /**
   * The folders on the way to a place that must be folders of ours: all but the first one below the root, `/exports`,
   * which is the operator's.
   */
  foldersTo(path: string): string[] {
    const names = path.split('/').slice(1, -1)
    const logical = names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`)
    return logical.slice(1).map((folder) => this.place(folder))
  }

  /** Whether a folder is for the server's operator to make: with a root of each tenant's own, the tenant's and those above. */
  isGiven(folder: string): boolean {
    const [above, below] = this.root.split(tenantMark)
    if (above === undefined || below === undefined || !folder.startsWith(above)) return false
    const [tenantId = ''] = folder.slice(above.length).split('/')
    return `${above}${tenantId}${below}/exports/${tenantId}/`.startsWith(`${folder}/`)
  }

  /** Rejects with ssh2's error, which carries the status, where the server refuses. */
  raw<T>(request: Request<T>, options?: AskOptions): Promise<T> {
    return this.connection.ask(this.signal, request, options)
  }

  /** Rejects with a typed error where the server refuses. `doing` says what, with the logical path. */
  async ask<T>(doing: string, place: string, request: Request<T>, options?: AskOptions): Promise<T> {
    try {
      return await this.raw(request, options)
    } catch (error) {
      throw await this.typed(doing, place, error)
    }
  }

  /** As `ask`, but undefined where there is nothing at the place. */
  async unlessMissing<T>(doing: string, place: string, request: Request<T>): Promise<T | undefined> {
    try {
      return await this.raw(request)
    } catch (error) {
      if (isMissing(error)) return undefined
      throw await this.typed(doing, place, error)
    }
  }

  /** Has on disk what the server has of an open file. A server that can't promise that is not refused. */
  async sync(handle: Buffer, channel?: SFTPWrapper): Promise<void> {
    const options = { ...syncTimeout, ...(channel && { channel }) }
    try {
      await this.raw<void>((sftp, answer) => sftp.ext_openssh_fsync(handle, answer), options)
    } catch (error) {
      if (!isUnsupported(error)) throw error
    }
  }

  /** What the server tells of a place, or undefined where it tells nothing. */
  stat(place: string, options?: AskOptions): Promise<Stats | undefined> {
    return this.raw<Stats>((sftp, answer) => sftp.stat(place, answer), options).catch(ignoreRefusal)
  }

  /** The size of a file in bytes; undefined where there is none, `unknown` where the server does not tell. */
  async sizeAt(place: string, options?: AskOptions): Promise<number | 'unknown' | undefined> {
    try {
      return (await this.raw<Partial<Stats>>((sftp, answer) => sftp.stat(place, answer), options)).size ?? 'unknown'
    } catch (error) {
      return this.refusedAs(error, isMissing(error) ? undefined : 'unknown')
    }
  }

  /** The same, but of a symbolic link itself. `refused`: the server does not say whether there is anything. */
  async look(place: string): Promise<{ readonly stats: Stats | undefined; readonly refused: boolean }> {
    try {
      return { stats: await this.raw<Stats>((sftp, answer) => sftp.lstat(place, answer)), refused: false }
    } catch (error) {
      return { stats: undefined, refused: this.refusedAs(error, !isMissing(error)) }
    }
  }

  /** A value where the server refused; any other error is thrown on. */
  refusedAs<T>(error: unknown, value: T): T {
    if (statusOf(error) === undefined) throw error
    return value
  }

  /** The error in its typed form. `Failure` may mean anything: a full disk is recognized where the server tells. */
  async typed(doing: string, place: string, error: unknown): Promise<ExportError> {
    const full =
      isAboutSpace(error) || (statusOf(error) === status.failure && (await this.#isFull(posix.dirname(place))))
    return operationError(`${doing} on ${this.connection.where}`, error, full)
  }

  async #isFull(folder: string): Promise<boolean> {
    const request: Request<Record<string, number>> = (sftp, answer) => sftp.ext_openssh_statvfs(folder, answer)
    const space = await this.raw(request).catch(() => undefined)
    if (!space) return false
    const {
      f_bavail: blocks = 1,
      f_frsize: blockBytes = spareBytes,
      f_favail: files = 1,
      f_files: allFiles = 0,
    } = space
    return blocks * blockBytes < spareBytes || (allFiles > 0 && files === 0)
  }
}

/** Stands in the root for the tenant that a path is about. */
const tenantMark = '{tenant}'

/** The root of a path: `/tenants/acme` for `/exports/acme/…`, or what is above where the path is no tenant's. */
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
