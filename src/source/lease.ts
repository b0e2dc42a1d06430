import type { PoolClient } from 'pg'
import { ExportError } from '../domain/errors.js'
import { sourceError } from './errors.js'
import { type Line, unlessSilent } from './silence.js'
import { untilAborted } from './until-aborted.js'

/** Postgres answers the short questions within this time, or is as good as gone. */
const answerMs = 30_000

/**
 * One connection of the pool, lent. It goes back once: by `giveBack` for the next one to use, or by `giveUp`, which
 * closes it. An abort gives it up at once.
 */
export class Lease {
  #returned = false
  readonly #abandon = () => this.giveUp()

  constructor(
    readonly client: PoolClient,
    readonly signal: AbortSignal,
    /** Hears, once, that the connection is closed although a query may still be running. */
    readonly onGivenUp: () => void = () => {},
  ) {
    // The connection broke: whoever waits for an answer hears of it as well, so there is nothing to do here.
    client.on('error', ignore)
    signal.addEventListener('abort', this.#abandon, { once: true })
    if (signal.aborted) this.giveUp()
  }

  /** The answer to a short question; typed errors, also where no answer comes. */
  async ask<T>(doing: string, question: (client: PoolClient) => Promise<T>): Promise<T> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(noAnswer(doing)), answerMs)
    try {
      return await this.#answer(doing, question(this.client), AbortSignal.any([this.signal, late.signal]))
    } finally {
      clearTimeout(timer)
    }
  }

  /** The answer to a question that may take as long as a read does: the wait ends only when the line goes silent. */
  askAtLength<T>(doing: string, line: Line, question: (client: PoolClient) => Promise<T>): Promise<T> {
    return this.#answer(doing, unlessSilent(question(this.client), line), this.signal)
  }

  giveBack(): void {
    this.#return(false)
  }

  giveUp(): void {
    if (this.#returned) return
    this.#return(true)
    this.onGivenUp()
  }

  async #answer<T>(doing: string, answer: Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await untilAborted(answer, signal)
    } catch (error) {
      this.giveUp()
      throw sourceError(doing, error)
    }
  }

  #return(close: boolean): void {
    if (this.#returned) return
    this.#returned = true
    this.signal.removeEventListener('abort', this.#abandon)
    // Without a farewell: on a line that went silent it would never be heard.
    if (close) this.client.connection.stream.destroy()
    this.client.release(close)
    if (!close) this.client.removeListener('error', ignore)
  }
}

function ignore(): void {}

function noAnswer(doing: string): ExportError {
  return new ExportError('SOURCE_UNAVAILABLE', `${doing}: no answer within ${answerMs / 1000} s.`)
}
