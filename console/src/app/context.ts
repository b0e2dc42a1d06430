import type { LoginRequests } from './login-request'
import type { Session } from './session'

/** What every route knows. */
export interface ConsoleContext {
  readonly session: Session
  readonly logins: LoginRequests
}
