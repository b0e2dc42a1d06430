import type { FetchRecorder } from '../../../src/compose/fetch-recorder.js'
import type { FetchListener } from '../../sftp-server/reported-fetches.js'

/** More often than the gap of 15 minutes after which earlier fetches count as unknown. */
const aliveEveryMs = 60_000

const retryMs = 1_000

/** The most reports that wait for the database. Further ones are dropped. */
const mostWaiting = 10_000

/** Passes what the embedded SFTP server reports to the database, in order. It never disturbs the server. */
export class FetchReports implements FetchListener {
  readonly #waiting: ((recorder: FetchRecorder) => Promise<unknown>)[] = []
  readonly #timer: NodeJS.Timeout
  #sending: Promise<void> | undefined
  #retry: NodeJS.Timeout | undefined

  constructor(private readonly recorder: Promise<FetchRecorder>) {
    this.#add((to) => to.alive())
    this.#timer = setInterval(() => this.#add((to) => to.alive()), aliveEveryMs).unref()
  }

  readonly fetched: FetchListener['fetched'] = (fetch) => this.#add((to) => to.fetched(fetch))
  readonly loggedIn: FetchListener['loggedIn'] = (login) => this.#add((to) => to.loggedIn(login))

  /** Resolves when the reports so far are recorded, or can't be. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    clearTimeout(this.#retry)
    await this.#sending
  }

  #add(report: (recorder: FetchRecorder) => Promise<unknown>): void {
    if (this.#waiting.length < mostWaiting) this.#waiting.push(report)
    this.#begin()
  }

  #begin(): void {
    this.#sending ??= this.#send().then((isDone) => {
      this.#sending = undefined
      if (isDone && this.#waiting.length > 0) this.#begin()
    })
  }

  /** False if the database did not take a report. */
  async #send(): Promise<boolean> {
    try {
      const recorder = await this.recorder
      for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
        await next(recorder)
        this.#waiting.shift()
      }
      return true
    } catch {
      // The database is not there, or has no tables yet. A report that is recorded twice counts once.
      clearTimeout(this.#retry)
      this.#retry = setTimeout(() => this.#begin(), retryMs).unref()
      return false
    }
  }
}
