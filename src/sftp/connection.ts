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

export interface AskOptions {
  /** For answers that may take longer than others, such as those to a sync: times the usual. */
  readonly patience?: number
  /** The channel to ask on, where it is not the first one. */
  readonly channel?: SFTPWrapper
}

/**
 * A connection with one open SFTP channel, and more of them where they are asked for. Raw operations of ssh2 never answer once the channel has died: here each one does, with
 * SFTP_UNAVAILABLE, when the connection breaks or when no operation has been answered for a while.
 */
export class Connection {
  /** Folders that were seen to be folders, not links to elsewhere. */
  readonly safeFolders = new Set<string>()
  readonly #down = new AbortController()
  #pending = 0
  #lastAnswer = 0
  #more: Promise<SFTPWrapper[]> | undefined

  constructor(
    readonly where: string,
    readonly sftp: SFTPWrapper,
    private readonly socket: Socket,
    private readonly openChannel: (answer: Answer<SFTPWrapper>) => void,
    private readonly sayGoodbye: () => Promise<unknown>,
    private readonly patienceMs: number,
  ) {
    // One listener for each operation under way.
    setMaxListeners(0, this.down)
    // Before ssh2 hears what has come, and goes on sending.
    socket.prependListener('data', () => this.#gather())
    this.#listen(sftp)
  }

  /** Aborts, with an ExportError as its reason, once the connection is of no use any more. */
  get down(): AbortSignal {
    return this.#down.signal
  }

  /** Whether operations are waiting for their answers. */
  get busy(): boolean {
    return this.#pending > 0
  }

  /** Of a folder that is removed nothing is known any more, nor of any below it: a link may take its place. */
  forget(folder: string): void {
    for (const known of this.safeFolders) {
      if (known === folder || known.startsWith(`${folder}/`)) this.safeFolders.delete(known)
    }
  }

  /** So many channels beside the first one, or as many of them as the server grants; opened once, and kept. */
  moreChannels(count: number, signal: AbortSignal): Promise<SFTPWrapper[]> {
    return (this.#more ??= this.#open(count, signal))
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
   */
  ask<T>(
    signal: AbortSignal,
    request: (sftp: SFTPWrapper, answer: Answer<T>) => void,
    { patience = 1, channel = this.sftp }: AskOptions = {},
  ): Promise<T> {
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

  async #open(count: number, signal: AbortSignal): Promise<SFTPWrapper[]> {
    const open = () => this.ask<SFTPWrapper>(signal, (_sftp, answer) => this.openChannel(answer))
    const opened = await Promise.allSettled(Array.from({ length: count }, open))
    const channels = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    for (const channel of channels) this.#listen(channel)
    return channels
  }

  #listen(channel: SFTPWrapper): void {
    channel.on('error', (error: Error) => this.fail(reasonOf(error)))
    channel.on('end', () => this.fail('the server ended the connection'))
    channel.on('close', () => this.fail('the connection was closed'))
  }

  /** What is sent in one turn goes out at once: ssh2 cuts it into packets of 32 KB and would send each by itself. */
  #gather(): void {
    if (this.socket.writableCorked > 0) return
    this.socket.cork()
    process.nextTick(() => this.socket.uncork())
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
