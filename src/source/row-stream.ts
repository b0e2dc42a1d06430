import type { Socket } from 'node:net'
import type { Connection, Submittable } from 'pg'
import type { RowBlock } from '../domain/rows.js'
import { MessageCutter } from './message-cutter.js'
import type { Query } from './query.js'
import { ReadingSocket } from './reading-socket.js'
import type { ReadPacer } from './read-pacer.js'

/**
 * The most bytes of rows that are not taken yet; then the socket is paused. A consumer takes all of them at once, so the limit
 * is lower if other reads wait for the event loop.
 */
const mostWaiting = { alone: 1024 * 1024, shared: 256 * 1024 }

/** The size of a block. Postgres sends 8 KB at a time, but each block costs every later step a turn of the event loop. */
const blockBytes = 128 * 1024

/** The methods by which pg's own queries use the extended query protocol. */
interface Wire {
  readonly stream: Socket
  parse(query: { text: string; name: string }): void
  bind(values: { values: unknown[] }): void
  execute(portal: object): void
  sync(): void
}

type Reader = (bytes: Buffer) => void

/**
 * A query of pg whose rows stay the bytes that Postgres sends. Until it ends, it replaces pg's reader on the socket: it keeps
 * the rows and passes everything else to pg. This relies on private parts of pg (docs/reference/internals.md).
 */
export class RowStream implements Submittable {
  #socket: Socket | undefined
  #readers: Reader[] = []
  readonly #cutter = new MessageCutter(
    (block) => this.#add(block),
    (message) => this.#passOn(message),
  )
  /** Rows that are not taken yet, and the memory of the rows that were taken last. */
  #waiting = Buffer.allocUnsafeSlow(2 * blockBytes)
  #taken = Buffer.allocUnsafeSlow(2 * blockBytes)
  #waitingRows = 0
  #waitingBytes = 0
  #sentRows: number | undefined
  #end: { readonly error?: unknown } | undefined
  #wake = () => {}

  constructor(
    private readonly query: Query,
    private readonly pacer: ReadPacer,
  ) {}

  /** Whether `next` resolves at once. */
  get ready(): boolean {
    return this.#waitingBytes >= blockBytes || this.#end !== undefined
  }

  /** The number of rows that the server reports; undefined before the end. */
  get sentRows(): number | undefined {
    return this.#sentRows
  }

  /**
   * The next rows, good until the following ones are requested; undefined once there are no more and the connection is free.
   * One call at a time.
   */
  async next(): Promise<RowBlock | undefined> {
    if (!this.ready) await new Promise<void>((resolve) => (this.#wake = resolve))
    if (this.#waitingRows > 0) return this.#take()
    if (this.#end && 'error' in this.#end) throw this.#end.error
    return undefined
  }

  submit(connection: Connection): void {
    const wire = connection as unknown as Wire
    this.#takeOver(wire.stream)
    wire.parse({ text: this.query.text, name: '' })
    wire.bind({ values: this.query.values })
    wire.execute({})
    wire.sync()
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.#sentRows = Number(/^SELECT (\d+)$/.exec(text)?.[1])
  }

  handleReadyForQuery(): void {
    this.#finish({})
  }

  /** An error of the query or of the connection. pg does not call handleReadyForQuery after it. */
  handleError(error: unknown): void {
    this.#finish({ error })
  }

  #takeOver(socket: Socket): void {
    this.#socket = socket
    if (socket instanceof ReadingSocket) socket.lends = true
    this.#readers = socket.listeners('data') as Reader[]
    socket.on('data', this.#read)
    for (const reader of this.#readers) socket.off('data', reader)
  }

  #giveBack(socket: Socket): void {
    this.#socket = undefined
    if (socket instanceof ReadingSocket) socket.lends = false
    for (const piece of this.#cutter.rest()) this.#passOn(piece)
    for (const reader of this.#readers) socket.on('data', reader)
    socket.off('data', this.#read)
    socket.resume()
  }

  readonly #read = (bytes: Buffer): void => {
    this.#cutter.add(bytes)
    if (this.#end && this.#socket) this.#giveBack(this.#socket)
    else if (this.#waitingBytes >= mostWaiting[this.pacer.hasSeveralReads ? 'shared' : 'alone']) this.#socket?.pause()
    if (this.ready) this.#wake()
  }

  #add({ messages, rows }: RowBlock): void {
    const bytes = this.#waitingBytes + messages.length
    if (bytes > this.#waiting.length) {
      const larger = Buffer.allocUnsafeSlow(2 * bytes)
      this.#waiting.copy(larger, 0, 0, this.#waitingBytes)
      this.#waiting = larger
    }
    messages.copy(this.#waiting, this.#waitingBytes)
    this.#waitingBytes = bytes
    this.#waitingRows += rows
  }

  #take(): RowBlock {
    const block = { messages: this.#waiting.subarray(0, this.#waitingBytes), rows: this.#waitingRows }
    const free = this.#taken
    this.#taken = this.#waiting
    this.#waiting = free
    this.#waitingRows = 0
    this.#waitingBytes = 0
    this.#socket?.resume()
    return block
  }

  #passOn(bytes: Buffer): void {
    const copy = Buffer.from(bytes)
    for (const reader of this.#readers) reader(copy)
  }

  #finish(end: { readonly error?: unknown }): void {
    this.#end ??= end
    this.#wake()
  }
}
