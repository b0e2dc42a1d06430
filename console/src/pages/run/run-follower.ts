import type { Client, CombinedError } from 'urql'
import type { RunDetailFragment } from '../../gql/graphql'
import { isUnfinished } from '../runs/run-words'
import { RunDocument, RunUpdatesDocument } from './run-query'

/** What is known of a run, and how. */
export interface FollowedRun {
  /** Undefined until the first answer, null if the tenant has no such run. */
  readonly run: RunDetailFragment | null | undefined
  /** When Tidemark last answered, on the clock of this device. */
  readonly at: number
  /** Whether changes come by themselves. Otherwise the run is read again at an interval. */
  readonly isLive: boolean
  /** Why the last read failed. */
  readonly error: CombinedError | undefined
}

export const nothingKnown: FollowedRun = { run: undefined, at: 0, isLive: false, error: undefined }

interface Intervals {
  /** Between two reads without a stream. */
  readonly pollMs: number
  /** A stream that is silent for so long may be broken without an error. Then the run is read, too. */
  readonly silenceMs: number
  /** At least between two attempts to connect. */
  readonly reconnectMs: number
}

const usual: Intervals = { pollMs: 5_000, silenceMs: 15_000, reconnectMs: 15_000 }

/** Follows a run until it has ended: by the subscription, and by reading it at an interval while the stream is broken. */
export class RunFollower {
  #known: FollowedRun = nothingKnown
  #isStopped = false
  #stream: { unsubscribe(): void } | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #lastConnect = 0

  constructor(
    private readonly client: Client,
    private readonly id: string,
    private readonly onChange: (followed: FollowedRun) => void,
    private readonly intervals: Intervals = usual,
  ) {}

  start(): void {
    this.readNow()
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
    this.#stream?.unsubscribe()
  }

  /** Reads the run at once, such as after it was changed. */
  readNow(): void {
    clearTimeout(this.#timer)
    void this.#read()
  }

  async #read(): Promise<void> {
    const { data, error } = await this.client
      .query(RunDocument, { id: this.id }, { requestPolicy: 'network-only' })
      .toPromise()
    if (this.#isStopped) return
    if (data) this.#heard(data.exportRun ?? null)
    else this.#lost(error)
    this.#next()
  }

  /** Connects, or waits for the next read. */
  #next(): void {
    clearTimeout(this.#timer)
    // The API completes the stream of a run that has ended.
    if (this.#isEnded()) return
    const { pollMs, silenceMs, reconnectMs } = this.intervals
    const isDue = Date.now() - this.#lastConnect >= reconnectMs
    if (!this.#stream && isDue && this.#known.error === undefined) this.#connect()
    this.#timer = setTimeout(() => void this.#read(), this.#stream ? silenceMs : pollMs)
  }

  #connect(): void {
    this.#lastConnect = Date.now()
    this.#stream = this.client
      .subscription(RunUpdatesDocument, { id: this.id })
      .subscribe(({ data, error, hasNext }) => this.#received(data?.exportRunUpdated, error, hasNext))
  }

  #received(run: RunDetailFragment | null | undefined, error: CombinedError | undefined, hasNext: boolean): void {
    if (this.#isStopped) return
    if (error) this.#disconnect()
    else if (run !== undefined) this.#heard(run, true)
    if (!hasNext && !error) this.#disconnect()
    this.#next()
  }

  /** The next read finds out whether only the stream is broken. */
  #disconnect(): void {
    this.#stream?.unsubscribe()
    this.#stream = undefined
    this.#change({ ...this.#known, isLive: false })
  }

  #heard(run: RunDetailFragment | null, isLive = this.#known.isLive): void {
    this.#change({ run, at: Date.now(), isLive, error: undefined })
  }

  #lost(error: CombinedError | undefined): void {
    this.#stream?.unsubscribe()
    this.#stream = undefined
    this.#change({ ...this.#known, isLive: false, error })
  }

  #change(known: FollowedRun): void {
    this.#known = known
    this.onChange(known)
  }

  #isEnded(): boolean {
    const { run } = this.#known
    return run === null || (run !== undefined && !isUnfinished(run.status))
  }
}
