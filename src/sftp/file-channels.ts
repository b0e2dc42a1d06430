import type { SFTPWrapper } from 'ssh2'
import type { Operations } from './operations.js'
import { allWindowsBytes, usualChannels, windowBytes } from './packets.js'
import type { WriteShare } from './write-budget.js'

/** The number of bytes between two syncs. */
const bytesBetweenSyncs = 32 * 1024 * 1024

/** A file that is open for writing on one of the connection's channels. */
export interface FileChannel {
  readonly channel: SFTPWrapper
  readonly handle: Buffer
  /** Bytes that are sent and not acknowledged yet. */
  underWay: number
  /** Whether a sync is under way. Other requests on the channel would wait for it. */
  syncing: boolean
}

/** The channels on which one file is written. Each writes other positions of the file. */
export class FileChannels {
  readonly #fileChannels: FileChannel[]
  #opening: Promise<void> | undefined
  #syncedAt = 0

  /** @param channels the most channels; by default what suits the server. */
  constructor(
    private readonly operations: Operations,
    private readonly file: string,
    handle: Buffer,
    private readonly share: WriteShare,
    private readonly channels = usualChannels(operations.connection.sftp),
  ) {
    this.#fileChannels = [{ channel: operations.connection.sftp, handle, underWay: 0, syncing: false }]
  }

  /** A channel whose window has room for that number of bytes. */
  withRoomFor(bytes: number): FileChannel | undefined {
    // While channels are added one by one, the first ones have more than their share under way.
    const underWay = this.#fileChannels.reduce((sum, one) => sum + one.underWay, 0)
    const most = this.share.most(allWindowsBytes)
    if (underWay + bytes > most) return undefined
    const window = Math.min(windowBytes, most / this.#fileChannels.length)
    const free = this.#fileChannels.filter((one) => !one.syncing && one.underWay + bytes <= window)
    return free.toSorted((one, other) => one.underWay - other.underWay)[0]
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
    try {
      await this.operations.sync(last.handle, last.channel)
    } finally {
      last.syncing = false
    }
  }

  /** Opens more channels, once, as many as the server allows, and calls `then` when they are open. */
  widen(then: () => void): void {
    if (this.channels > 1) this.#opening ??= this.#open().then(then)
  }

  /** Closes the file on all channels except the first. If the server refuses, it keeps the handle. */
  async closeOthers(signal: AbortSignal): Promise<void> {
    await this.#opening
    const closing = this.#fileChannels
      .slice(1)
      .map(({ channel, handle }) =>
        this.operations.connection.ask<void>(signal, (sftp, answer) => sftp.close(handle, answer), { channel }),
      )
    await Promise.allSettled(closing)
  }

  async #open(): Promise<void> {
    const { connection, signal } = this.operations
    const channels = await connection.moreChannels(this.channels - 1, signal)
    const opening = channels.map(async (channel) => {
      const handle = await this.operations.raw<Buffer>((sftp, answer) => sftp.open(this.file, 'r+', answer), {
        channel,
      })
      this.#fileChannels.push({ channel, handle, underWay: 0, syncing: false })
    })
    await Promise.allSettled(opening)
  }
}
