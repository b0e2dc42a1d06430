import type { RegistrationView } from './registrations/registration-view.js'
import { ExportError } from '../domain/errors.js'
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

/** The outcome of a call to Temporal. If Temporal is unavailable, that is a refusal with this message. */
export async function unlessTemporalIsAway<T>(message: string, call: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof ExportError) || error.code !== 'TEMPORAL_UNAVAILABLE') throw error
    return refused('TEMPORAL_UNAVAILABLE', message)
  }
}
