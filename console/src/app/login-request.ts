import { forgetDrafts, loginUrl, nextLogin, readSession, type Session } from './session'

/** Why the user has to log in: the session has ended, or a change by an operator needs a recent login. */
export type LoginReason = 'SESSION_ENDED' | 'STEP_UP_REQUIRED'

/**
 * Asks the user to log in again, in a window of its own, while the page with all that was typed stays as it is. Requests wait for
 * it and are sent again afterwards.
 */
export class LoginRequests {
  #reason: LoginReason | undefined
  #pending: Promise<void> | undefined
  readonly #listeners = new Set<() => void>()

  constructor(private readonly session: Session) {}

  /** For `useSyncExternalStore`. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly reason = (): LoginReason | undefined => this.#reason

  url(): string {
    return loginUrl('/console/logged-in', { stepUp: this.#reason === 'STEP_UP_REQUIRED' })
  }

  /** Resolves when the same user has logged in again. If it is another one, the page starts anew. */
  wait(reason: LoginReason): Promise<void> {
    this.#pending ??= this.#ask(reason).finally(() => {
      this.#pending = undefined
    })
    return this.#pending
  }

  async #ask(reason: LoginReason): Promise<void> {
    // A subscription ends with the access token that it began with, although the session continues.
    if (reason === 'SESSION_ENDED' && (await this.#isLoggedIn())) return
    this.#show(reason)
    for (;;) {
      await nextLogin()
      const session = await readSession()
      if (!session) continue
      if (session.subject !== this.session.subject || session.tenantId !== this.session.tenantId) {
        forgetDrafts()
        window.location.assign('/console/')
        return new Promise(() => undefined)
      }
      return this.#show(undefined)
    }
  }

  async #isLoggedIn(): Promise<boolean> {
    const session = await readSession().catch(() => undefined)
    return session?.subject === this.session.subject && session.tenantId === this.session.tenantId
  }

  #show(reason: LoginReason | undefined): void {
    this.#reason = reason
    for (const listener of this.#listeners) listener()
  }
}
