/** The most bytes under way on a file's only channel. Fewer are slow over long distances. */
export const windowBytes = 4 * 1024 * 1024

/** The bytes that OpenSSH accepts on a channel before it answers. */
const acceptedBytes = 2 * 1024 * 1024

/** The most bytes under way on each of several channels. A part of them waits to be sent when the server's window opens. */
export const sharedWindowBytes = 2.5 * 1024 * 1024

/** The most bytes of a file under way on a line of usual length. */
export const allWindowsBytes = 10 * 1024 * 1024

/** The channels of a large file on a short line. */
export const fewChannels = 4

/** The most channels of a file. OpenSSH grants ten to a connection unless its MaxSessions says otherwise. */
export const mostChannels = 16

/** A line of 1 Gbit/s, in bytes per millisecond. It is assumed until the rate is measured. */
const assumedRate = 125_000

/** A rate is measured over at least this time, and over at least two round trips. */
const measuredMs = 100

/** The windows exceed what is under way at the measured rate, so that they do not limit it. */
const margin = 1.5

/**
 * How many bytes of one file may be under way, and on how many channels: what the line holds at the measured rate and round
 * trip. This is the only limit for the bytes that one file's upload holds.
 */
export class WriteLimits {
  #rate: number | undefined
  #since: { readonly ms: number; readonly acknowledged: number } | undefined

  /** @param roundTripMs the shortest time to an answer so far. */
  constructor(private readonly roundTripMs: () => number) {}

  /** Takes the number of bytes acknowledged so far, and the time. */
  measure(acknowledged: number, ms: number): void {
    this.#since ??= { ms, acknowledged }
    const elapsed = ms - this.#since.ms
    if (elapsed < Math.max(measuredMs, 2 * this.roundTripMs())) return
    this.#rate = (acknowledged - this.#since.acknowledged) / elapsed
    this.#since = { ms, acknowledged }
  }

  /** The most bytes under way on all channels. */
  get bytes(): number {
    const most = mostChannels * sharedWindowBytes
    return Math.min(Math.max(this.#neededBytes * (sharedWindowBytes / acceptedBytes), allWindowsBytes), most)
  }

  /** The number of channels that hold these bytes. One more is synced while the others send. */
  get channels(): number {
    return Math.min(Math.max(1 + Math.ceil(this.#neededBytes / acceptedBytes), fewChannels), mostChannels)
  }

  get #neededBytes(): number {
    return this.#rate === undefined ? assumedRate * this.roundTripMs() : margin * this.#rate * this.roundTripMs()
  }
}
