import type { Socket } from 'node:net'
import type { Connection, Submittable } from 'pg'
import type { RowBlock } from '../domain/rows.js'
import { MessageCutter } from './message-cutter.js'
import type { Query } from './query.js'
import { ReadingSocket } from './reading-socket.js'
import type { Rounds } from './rounds.js'

/**
 * Rows that nobody has taken yet may come to so much, in bytes; then the socket is not read any further. They are taken all
 * at once, which is to be a short turn where other reads wait for theirs.
 */
const mostWaiting = { alone: 1024 * 1024, shared: 256 * 1024 }

/** Postgres sends 8 KB at a time. Rows are handed on in larger blocks, each of which costs every part after us a turn. */
const blockBytes = 128 * 1024

/** The extended query protocol, in the form in which pg's own queries speak it. */
interface Wire {
  readonly stream: Socket
  parse(query: { text: string; name: string }): void
  bind(values: { values: unknown[] }): void
  execute(portal: object): void
  sync(): void
}

type Reader = (bytes: Buffer) => void

/**
 * A query of pg whose rows stay the bytes that Postgres sends. It takes the place of pg's reader on the socket for as
 * long as it lasts: rows are cut out of what comes, all else goes on to pg.
 */
export class RowStream implements Submittable {
  #socket: Socket | undefined
  #readers: Reader[] = []
  readonly #cutter = new MessageCutter(
    (block) => this.#add(block),
    (message) => this.#passOn(message),
  )
  /** Rows that nobody has taken yet, and the memory of those that were taken last. */
  #waiting = Buffer.allocUnsafeSlow(2 * blockBytes)
  #taken = Buffer.allocUnsafeSlow(2 * blockBytes)
  #waitingRows = 0
  #waitingBytes = 0
  #sentRows: number | undefined
  #end: { readonly error?: unknown } | undefined
  #wake = () => {}

  constructor(
    private readonly query: Query,
    private readonly rounds: Rounds,
  ) {}

  /** Whether `next` has an answer already. */
  get ready(): boolean {
    return this.#waitingBytes >= blockBytes || this.#end !== undefined
  }

  /** How many rows the server says that it has sent; undefined before the end. */
  get sentRows(): number | undefined {
    return this.#sentRows
  }

  /**
   * The next rows, good until the ones after them are asked for; undefined once there are no more and the connection is
   * free. To be asked one at a time.
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

  /** Of the query, or of the connection. Where pg hears of it, it no longer tells us when the connection is free. */
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
    else if (this.#waitingBytes >= mostWaiting[this.rounds.areShared ? 'shared' : 'alone']) this.#socket?.pause()
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
