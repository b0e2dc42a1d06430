import type { SFTPWrapper } from 'ssh2'
import { untilAborted } from '../domain/until-aborted.js'
import type { AskOptions } from './connection.js'
import type { Operations } from './operations.js'
import { isOpenSsh } from './packets.js'
import { syncTimeout } from './sync-timeout.js'
import type { WriteShare } from './write-budget.js'
import { mostChannels, sharedWindowBytes, windowBytes, WriteLimits } from './write-limits.js'

/** The number of bytes between two syncs. */
const bytesBetweenSyncs = 32 * 1024 * 1024

/** A larger file is written on several channels. Opening them takes round trips, which small files avoid. */
const fewBytes = windowBytes

/** A file that is open for writing on one of the connection's channels. */
export interface FileChannel {
  readonly channel: SFTPWrapper
  readonly handle: Buffer
  /** Bytes that are sent and not acknowledged yet. */
  underWay: number
  /** Whether bytes were sent since the last sync. */
  isDirty: boolean
  /** Whether a sync is under way. Other requests on the channel would wait for it. */
  syncing: boolean
  /** Whether its close was sent. */
  isClosed: boolean
}

const newFileChannel = (channel: SFTPWrapper, handle: Buffer): FileChannel => ({
  channel,
  handle,
  underWay: 0,
  isDirty: false,
  syncing: false,
  isClosed: false,
})

const mostOn = ({ connection }: Operations, channels: number | undefined): number =>
  channels ?? (isOpenSsh(connection.sftp) ? mostChannels : 1)

/** Opens the channels of a file before the file itself is open. `bytes` is the least number of bytes of the file. */
export function openAhead(operations: Operations, bytes: number, channels?: number): void {
  if (bytes <= fewBytes) return
  const { connection, signal } = operations
  const limits = new WriteLimits(() => connection.roundTripMs)
  const wanted = Math.min(limits.channels, mostOn(operations, channels)) - 1
  for (let index = 0; index < wanted; index += 1) connection.otherChannel(index, signal).catch(() => {})
}

/** The channels on which one file is written. Each writes other positions of the file. */
export class FileChannels {
  readonly limits: WriteLimits
  readonly #first: FileChannel
  readonly #fileChannels: FileChannel[]
  readonly #opening: Promise<void>[] = []
  readonly #most: number
  #latest: FileChannel
  #syncedAt = 0

  /** Whether requests may be sent before the writes ahead of them are acknowledged. */
  readonly answersInOrder: boolean

  /** @param channels the most channels; by default what suits the server. */
  constructor(
    private readonly operations: Operations,
    private readonly file: string,
    handle: Buffer,
    private readonly share: WriteShare,
    channels?: number,
  ) {
    const { connection } = operations
    this.answersInOrder = isOpenSsh(connection.sftp)
    this.#most = mostOn(operations, channels)
    this.limits = new WriteLimits(() => connection.roundTripMs)
    this.#first = newFileChannel(connection.sftp, handle)
    this.#latest = this.#first
    this.#fileChannels = [this.#first]
  }

  /** A channel whose window has room for that number of bytes. */
  withRoomFor(bytes: number): FileChannel | undefined {
    const underWay = this.#fileChannels.reduce((sum, one) => sum + one.underWay, 0)
    if (underWay + bytes > this.share.most(this.limits.bytes)) return undefined
    const window = this.#fileChannels.length === 1 ? windowBytes : sharedWindowBytes
    const free = this.#fileChannels.filter((one) => !one.syncing && one.underWay + bytes <= window)
    return free.toSorted((one, other) => one.underWay - other.underWay)[0]
  }

  /** Sends bytes on a channel that has room for them. Resolves when the server has acknowledged them. */
  async write(one: FileChannel, piece: Buffer, position: number, signal: AbortSignal): Promise<void> {
    const { channel, handle } = one
    this.#latest = one
    one.underWay += piece.length
    one.isDirty = true
    await this.operations.connection.ask<number>(
      signal,
      (sftp, answer) => sftp.write(handle, piece, 0, piece.length, position, answer),
      { channel },
    )
    one.underWay -= piece.length
  }

  get syncing(): boolean {
    return this.#fileChannels.some((one) => one.syncing)
  }

  /**
   * Syncs a large file from time to time on one channel, while the others send. Otherwise the sync at the end takes long. With
   * one channel there would be no gain. Resolves when the sync is done.
   * @param sent the number of bytes sent so far.
   */
  async syncBehind(sent: number): Promise<void> {
    const last = this.#fileChannels.at(-1)
    if (!last || this.#fileChannels.length === 1 || this.syncing || sent < this.#syncedAt + bytesBetweenSyncs) return
    this.#syncedAt = sent
    last.syncing = true
    last.isDirty = false
    try {
      await this.operations.sync(last.handle, last.channel)
    } finally {
      last.syncing = false
    }
  }

  /**
   * Opens as many channels as the line is worth, and calls `then` when one is open. What the server refuses is not requested
   * again.
   * @param bytes the least number of bytes of the file.
   */
  widen(bytes: number, then: () => void): void {
    if (bytes <= fewBytes) return
    const wanted = Math.min(this.limits.channels, this.#most) - 1
    while (this.#opening.length < wanted) this.#opening.push(this.#open(this.#opening.length).then(then, () => {}))
  }

  /**
   * Syncs and closes the file on all channels, and requests its size, with all requests at once to save round trips. A server
   * that answers in order needs no answers to the writes before: its sync covers them. Returns the size.
   */
  async finish(doing: string): Promise<number | 'unknown' | undefined> {
    const { operations, file } = this
    const syncs = this.#fileChannels
      .filter((one) => one.isDirty || one === this.#first)
      .map((one) => this.#sync(doing, one))
    const closed = this.#close(this.#first, operations.signal, syncTimeout).catch(async (error: unknown) => {
      throw await operations.typed(doing, file, error)
    })
    const othersClosed = this.#closeOthers(operations.signal)
    // The channel of the last bytes knows the size first.
    const size = operations.sizeAt(file, { ...syncTimeout, channel: this.#latest.channel })
    const [found] = await Promise.all([size, closed, othersClosed, ...syncs])
    return found
  }

  /** Closes the file where it is still open. Ignores errors. */
  async abandon(signal: AbortSignal): Promise<void> {
    await Promise.allSettled([this.#closeOthers(signal), this.#close(this.#first, signal)])
  }

  /** If the server refuses, it keeps the handle. */
  async #closeOthers(signal: AbortSignal): Promise<void> {
    await untilAborted(Promise.all(this.#opening), signal)
    await Promise.allSettled(this.#fileChannels.slice(1).map((one) => this.#close(one, signal)))
  }

  /** A handle is closed once: the server may give it to another file. */
  async #close(one: FileChannel, signal: AbortSignal, options: AskOptions = {}): Promise<void> {
    if (one.isClosed) return
    one.isClosed = true
    const { channel, handle } = one
    await this.operations.connection.ask<void>(signal, (sftp, answer) => sftp.close(handle, answer), {
      ...options,
      channel,
    })
  }

  async #sync(doing: string, { channel, handle }: FileChannel): Promise<void> {
    try {
      await this.operations.sync(handle, channel)
    } catch (error) {
      throw await this.operations.typed(doing, this.file, error)
    }
  }

  async #open(index: number): Promise<void> {
    const { connection, signal } = this.operations
    const channel = await connection.otherChannel(index, signal)
    const handle = await this.operations.raw<Buffer>((sftp, answer) => sftp.open(this.file, 'r+', answer), { channel })
    this.#fileChannels.push(newFileChannel(channel, handle))
  }
}
