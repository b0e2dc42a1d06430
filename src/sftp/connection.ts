import { setMaxListeners } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SFTPWrapper } from 'ssh2'
import { ExportError } from '../domain/errors.js'
import { reasonOf, statusOf, UnsupportedRequest } from './errors.js'

/** How a raw operation answers. */
export type Answer<T> = (error?: Error | null, value?: T) => void

/** Time for a polite farewell. */
const endMs = 1_000

/**
 * One open SFTP channel. Raw operations of ssh2 never answer once the channel has died: here each one does, with
 * SFTP_UNAVAILABLE, when the connection breaks or when no operation has been answered for a while.
 */
export class Connection {
  readonly #down = new AbortController()
  #pending = 0
  #lastAnswer = 0

  constructor(
    readonly where: string,
    readonly sftp: SFTPWrapper,
    private readonly socket: Socket,
    private readonly sayGoodbye: () => Promise<unknown>,
    private readonly patienceMs: number,
  ) {
    // One listener for each operation under way.
    setMaxListeners(0, this.down)
    sftp.on('error', (error: Error) => this.fail(reasonOf(error)))
    sftp.on('end', () => this.fail('the server ended the connection'))
    sftp.on('close', () => this.fail('the connection was closed'))
  }

  /** Aborts, with an ExportError as its reason, once the connection is of no use any more. */
  get down(): AbortSignal {
    return this.#down.signal
  }

  /** Whether operations are waiting for their answers. */
  get busy(): boolean {
    return this.#pending > 0
  }

  /** Gives the connection up at once: whoever waits for an answer gets SFTP_UNAVAILABLE. */
  fail(reason: string): void {
    if (this.down.aborted) return
    this.#down.abort(new ExportError('SFTP_UNAVAILABLE', reason))
    this.socket.destroy()
  }

  /** Says goodbye, for a short time, and closes. */
  async close(): Promise<void> {
    if (this.down.aborted) return
    this.#down.abort(new ExportError('SFTP_UNAVAILABLE', 'the connection was closed'))
    const farewell = this.sayGoodbye().catch(() => {})
    await Promise.race([farewell, sleep(endMs, undefined, { ref: false })])
    this.socket.destroy()
  }

  /**
   * Asks the server one thing. Rejects with ssh2's error, which carries the status, or with the reason of `signal`.
   * @param patience for answers that may take longer than others, such as those to a sync: times the usual
   */
  ask<T>(signal: AbortSignal, request: (sftp: SFTPWrapper, answer: Answer<T>) => void, patience = 1): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const deadline = this.#watch(patience * this.patienceMs)
      const forget = () => {
        deadline.stop()
        this.down.removeEventListener('abort', onDown)
        signal.removeEventListener('abort', onAbort)
      }
      const fail = (error: unknown) => {
        forget()
        reject(error)
      }
      const onDown = () => fail(this.down.reason)
      const onAbort = () => fail(signal.reason)
      this.down.addEventListener('abort', onDown)
      signal.addEventListener('abort', onAbort)
      if (this.down.aborted) return onDown()
      if (signal.aborted) return onAbort()
      this.#pending += 1
      const answer: Answer<T> = (error, value) => {
        this.#pending -= 1
        this.#lastAnswer = Date.now()
        // An error without a status is no answer: the channel has ended.
        if (error && statusOf(error) === undefined) this.fail(reasonOf(error))
        if (error) return fail(this.down.aborted ? this.down.reason : error)
        forget()
        resolve(value as T)
      }
      try {
        request(this.sftp, answer)
      } catch (error) {
        // ssh2 knows which extensions the server has, and throws before it sends anything.
        this.#pending -= 1
        fail(new UnsupportedRequest(reasonOf(error)))
      }
    })
  }

  /** Gives the connection up when nothing was answered for so long. One answer extends the time of all who wait. */
  #watch(limitMs: number): { stop(): void } {
    const asked = Date.now()
    const check = () => {
      const waited = Date.now() - Math.max(asked, this.#lastAnswer)
      if (waited >= limitMs) this.fail(`no answer within ${limitMs / 1000} s`)
      else timer = setTimeout(check, limitMs - waited)
    }
    let timer = setTimeout(check, limitMs)
    return { stop: () => clearTimeout(timer) }
  }
}
