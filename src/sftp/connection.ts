import { setMaxListeners } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SFTPWrapper } from 'ssh2'
import { ExportError } from '../domain/errors.js'
import { reasonOf, statusOf, UnsupportedRequest } from './errors.js'

/** The callback of an operation of ssh2. */
export type Answer<T> = (error?: Error | null, value?: T) => void

/** The timeout for ending the connection in an orderly way. */
const endMs = 1_000

export interface AskOptions {
  /** Multiplies the timeout, for answers that take long, such as those to a sync. */
  readonly timeoutFactor?: number
  /** The channel to use; the first one by default. */
  readonly channel?: SFTPWrapper
}

/**
 * A connection with one open SFTP channel, and more if they are requested. Operations of ssh2 never answer once the channel
 * has died. Here each operation fails with SFTP_UNAVAILABLE when the connection breaks or no answer comes within the timeout.
 */
export class Connection {
  /** Folders that were checked to be folders and not links. */
  readonly safeFolders = new Set<string>()
  /** The folders of uploads that await their rename, which are open, and the session's operations that opened them. */
  readonly preparedFolders = new Map<string, { readonly by: object; readonly handle: Buffer }>()
  readonly #down = new AbortController()
  #pending = 0
  #lastAnswer = 0
  #roundTripMs = Infinity
  readonly #others: Promise<SFTPWrapper>[] = []

  constructor(
    readonly where: string,
    readonly sftp: SFTPWrapper,
    private readonly socket: Socket,
    private readonly openChannel: (answer: Answer<SFTPWrapper>) => void,
    private readonly sayGoodbye: () => Promise<unknown>,
    private readonly timeoutMs: number,
  ) {
    // One listener for each operation under way.
    setMaxListeners(0, this.down)
    // Before ssh2 reads an answer and sends more.
    socket.prependListener('data', () => this.#gather())
    this.#listen(sftp)
  }

  /** Aborts, with an ExportError as its reason, once the connection cannot be used any more. */
  get down(): AbortSignal {
    return this.#down.signal
  }

  /** Whether operations are waiting for their answers. */
  get busy(): boolean {
    return this.#pending > 0
  }

  /** The shortest time to an answer so far, in milliseconds; 0 before the first answer. */
  get roundTripMs(): number {
    return this.#roundTripMs === Infinity ? 0 : this.#roundTripMs
  }

  /** Forgets that a folder and those below it are safe: after its removal a link may replace it. */
  forget(folder: string): void {
    for (const known of this.safeFolders) {
      if (known === folder || known.startsWith(`${folder}/`)) this.safeFolders.delete(known)
    }
  }

  /** A channel beside the first one, by its number from 0. It is opened once and kept. Rejects if the server refuses it. */
  otherChannel(index: number, signal: AbortSignal): Promise<SFTPWrapper> {
    return (this.#others[index] ??= this.#open(signal))
  }

  /** Closes the connection at once. Operations that wait for an answer fail with SFTP_UNAVAILABLE. */
  fail(reason: string): void {
    if (this.down.aborted) return
    this.#down.abort(new ExportError('SFTP_UNAVAILABLE', reason))
    this.socket.destroy()
  }

  /** Ends the connection in an orderly way, within a short timeout. */
  async close(): Promise<void> {
    if (this.down.aborted) return
    this.#down.abort(new ExportError('SFTP_UNAVAILABLE', 'the connection was closed'))
    const farewell = this.sayGoodbye().catch(() => {})
    await Promise.race([farewell, sleep(endMs, undefined, { ref: false })])
    this.socket.destroy()
  }

  /**
   * Sends a request to the server. Rejects with ssh2's error, which carries the status, or with the reason of `signal`.
   */
  ask<T>(
    signal: AbortSignal,
    request: (sftp: SFTPWrapper, answer: Answer<T>) => void,
    { timeoutFactor = 1, channel = this.sftp }: AskOptions = {},
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const deadline = this.#watch(timeoutFactor * this.timeoutMs)
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
      const asked = performance.now()
      const answer: Answer<T> = (error, value) => {
        this.#pending -= 1
        this.#lastAnswer = Date.now()
        this.#roundTripMs = Math.min(this.#roundTripMs, performance.now() - asked)
        // An error without a status means that the channel has ended.
        if (error && statusOf(error) === undefined) this.fail(reasonOf(error))
        if (error) return fail(this.down.aborted ? this.down.reason : error)
        forget()
        resolve(value as T)
      }
      this.#gather()
      try {
        request(channel, answer)
      } catch (error) {
        // ssh2 knows which extensions the server has, and throws before it sends anything.
        this.#pending -= 1
        fail(new UnsupportedRequest(reasonOf(error)))
      }
    })
  }

  async #open(signal: AbortSignal): Promise<SFTPWrapper> {
    const channel = await this.ask<SFTPWrapper>(signal, (_sftp, answer) => this.openChannel(answer))
    this.#listen(channel)
    return channel
  }

  #listen(channel: SFTPWrapper): void {
    channel.on('error', (error: Error) => this.fail(reasonOf(error)))
    channel.on('end', () => this.fail('the server ended the connection'))
    channel.on('close', () => this.fail('the connection was closed'))
  }

  /** Sends all packets of one turn of the event loop in one system call. ssh2 alone makes one call for each packet of 32 KB. */
  #gather(): void {
    if (this.socket.writableCorked > 0) return
    this.socket.cork()
    process.nextTick(() => this.socket.uncork())
  }

  /** Closes the connection if no operation is answered within the timeout. Each answer extends the timeout of all operations. */
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
