import type { PoolClient } from 'pg'
import { ExportError } from '../domain/errors.js'
import { sourceError } from './errors.js'
import { type Line, unlessSilent } from './unless-silent.js'
import { untilCancelled } from './until-cancelled.js'

/** The timeout of short questions. */
const answerMs = 30_000

/**
 * A connection of the pool, for one read. It is returned once: `giveBack` keeps it for the next read, and `giveUp` closes it.
 * An abort gives it up at once.
 */
export class Lease {
  #returned = false
  readonly #abandon = () => this.giveUp()

  constructor(
    readonly client: PoolClient,
    readonly signal: AbortSignal,
    /** Is called once if the connection is closed although a query may still run. */
    readonly onGivenUp: () => void = () => {},
  ) {
    // The connection broke. The query that is under way fails as well, so there is nothing to do here.
    client.on('error', ignore)
    signal.addEventListener('abort', this.#abandon, { once: true })
    if (signal.aborted) this.giveUp()
  }

  /** The answer to a short question. Fails with a typed error, also at the timeout. */
  async ask<T>(doing: string, question: (client: PoolClient) => Promise<T>): Promise<T> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(noAnswer(doing)), answerMs)
    try {
      return await this.#answer(doing, question(this.client), AbortSignal.any([this.signal, late.signal]))
    } finally {
      clearTimeout(timer)
    }
  }

  /** The answer to a question that may take as long as a read. The wait ends only if the connection is dead. */
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
      return await untilCancelled(answer, signal)
    } catch (error) {
      this.giveUp()
      throw sourceError(doing, error)
    }
  }

  #return(close: boolean): void {
    if (this.#returned) return
    this.#returned = true
    this.signal.removeEventListener('abort', this.#abandon)
    // Without the end message of the protocol, which a dead connection would not deliver.
    if (close) this.client.connection.stream.destroy()
    this.client.release(close)
    if (!close) this.client.removeListener('error', ignore)
  }
}

function ignore(): void {}

function noAnswer(doing: string): ExportError {
  return new ExportError('SOURCE_UNAVAILABLE', `${doing}: no answer within ${answerMs / 1000} s.`)
}
