const freeAttempts = 5
const mostSeconds = 60

/** Slows down who guesses passwords: after five wrong ones of a user, each further one doubles the wait, up to a minute. */
export class Attempts {
  readonly #failures = new Map<string, { count: number; until: number }>()

  /** The seconds until the user may try again; 0 if now. */
  secondsToWait(username: string): number {
    const { until = 0 } = this.#failures.get(username) ?? {}
    return Math.max(0, Math.ceil((until - Date.now()) / 1000))
  }

  failed(username: string): void {
    const count = (this.#failures.get(username)?.count ?? 0) + 1
    const seconds = count < freeAttempts ? 0 : Math.min(mostSeconds, 2 ** (count - freeAttempts))
    this.#failures.set(username, { count, until: Date.now() + seconds * 1000 })
  }

  succeeded(username: string): void {
    this.#failures.delete(username)
  }
}
