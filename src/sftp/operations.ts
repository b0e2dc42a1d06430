import { posix } from 'node:path'
import type { SFTPWrapper, Stats } from 'ssh2'
import { ExportError } from '../domain/errors.js'
import type { Answer, AskOptions, Connection } from './connection.js'
import { operationError, status, statusOf } from './errors.js'

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
    if (path === '/' || /^(\/(?!\.{1,2}(\/|$))[^/\0]+)+$/.test(path)) return `${this.root}${path}`
    throw new ExportError('INTERNAL', `${JSON.stringify(path)} is not an absolute path in its plain form.`)
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
      if (statusOf(error) === status.noSuchFile) return undefined
      throw await this.typed(doing, place, error)
    }
  }

  /** What the server tells of a place, or undefined where it tells nothing. */
  stat(place: string): Promise<Stats | undefined> {
    return this.raw<Stats>((sftp, answer) => sftp.stat(place, answer)).catch(refusal)
  }

  /** The error in its typed form. `Failure` may mean anything: a full disk is recognized where the server tells. */
  async typed(doing: string, place: string, error: unknown): Promise<ExportError> {
    const full = statusOf(error) === status.failure && (await this.#isFull(posix.dirname(place)))
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

/** For `catch`: a server's refusal counts as no answer; anything else is thrown on. */
export function refusal(error: unknown): undefined {
  if (statusOf(error) === undefined) throw error
}
