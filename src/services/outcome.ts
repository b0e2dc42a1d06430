import type { RegistrationView } from './registrations/registration-view.js'
import { type UserError, userError } from './user-error.js'

/** What a use case returns: its result, or everything that the caller has to fix. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | Refusal

export interface Refusal {
  readonly ok: false
  readonly userErrors: readonly UserError[]
  /** With VERSION_CONFLICT: the registration as it is. */
  readonly current?: RegistrationView
}

export function ok<T>(value: T): Outcome<T> {
  return { ok: true, value }
}

export function refused(...error: Parameters<typeof userError>): Refusal {
  return { ok: false, userErrors: [userError(...error)] }
}
