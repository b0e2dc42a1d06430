import type { SFTPWrapper } from 'ssh2'
import type { Operations } from './operations.js'
import { allWindowsBytes, usualChannels, windowBytes } from './packets.js'

/** What is sent between two syncs, in bytes. */
const bytesBetweenSyncs = 32 * 1024 * 1024

/** A file that is open for writing on one of the connection's channels. */
export interface Lane {
  readonly channel: SFTPWrapper
  readonly handle: Buffer
  /** Bytes that were sent on it and not acknowledged yet. */
  underWay: number
  /** Whether a sync is under way on it. What is asked meanwhile would have to wait. */
  syncing: boolean
}

/** The lanes on which one file is written, each at places of its own. */
export class Lanes {
  readonly #lanes: Lane[]
  #opening: Promise<void> | undefined
  #syncedAt = 0

  /** @param channels how many there may be; as many as suit the server where that is not given. */
  constructor(
    private readonly operations: Operations,
    private readonly file: string,
    handle: Buffer,
    private readonly channels = usualChannels(operations.connection.sftp),
  ) {
    this.#lanes = [{ channel: operations.connection.sftp, handle, underWay: 0, syncing: false }]
  }

  /** A lane that has room for so many bytes now. */
  withRoomFor(bytes: number): Lane | undefined {
    // While lanes are added one by one, those before have more under way than their share.
    const underWay = this.#lanes.reduce((sum, lane) => sum + lane.underWay, 0)
    if (underWay + bytes > allWindowsBytes) return undefined
    const window = Math.min(windowBytes, allWindowsBytes / this.#lanes.length)
    const free = this.#lanes.filter((lane) => !lane.syncing && lane.underWay + bytes <= window)
    return free.toSorted((one, other) => one.underWay - other.underWay)[0]
  }

  get syncing(): boolean {
    return this.#lanes.some((lane) => lane.syncing)
  }

  /**
   * Has the server put on disk what it has of a large file from time to time, while more is sent on the other lanes: else
   * there is a long wait for all of it in the end. Without other lanes that would be no gain. Resolves when it is done.
   * @param sent the bytes that were sent so far.
   */
  async syncBehind(sent: number): Promise<void> {
    const lane = this.#lanes.at(-1)
    if (!lane || this.#lanes.length === 1 || this.syncing || sent < this.#syncedAt + bytesBetweenSyncs) return
    this.#syncedAt = sent
    lane.syncing = true
    try {
      await this.operations.sync(lane.handle, lane.channel)
    } finally {
      lane.syncing = false
    }
  }

  /** Begins to open more lanes, once; fewer or none where the server grants no more. `then` hears that they are there. */
  widen(then: () => void): void {
    if (this.channels > 1) this.#opening ??= this.#open().then(then)
  }

  /** Closes the file on all lanes but the first. A server that refuses keeps the handle; no more. */
  async closeOthers(signal: AbortSignal): Promise<void> {
    await this.#opening
    const closing = this.#lanes
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
      this.#lanes.push({ channel, handle, underWay: 0, syncing: false })
    })
    await Promise.allSettled(opening)
  }
}
