import { type Actor, authorOf } from '../actor.js'
import type { NewEvent } from '../event.js'
import type { Registration } from '../registration.js'
import type { SftpKey } from '../sftp-key.js'

/** What a change has made of a registration. */
export const registrationActions = {
  REPLACED: 'The registration is new, or was replaced.',
  DISABLED: 'The registration was replaced by one that exports nothing.',
  PAUSED: 'Scheduled runs are paused.',
  RESUMED: 'Scheduled runs start again.',
  REMOVED: 'The registration was removed.',
} as const
export type RegistrationAction = keyof typeof registrationActions

type Author = Pick<Actor, 'isOperator' | 'subject'>

export function registrationChanged(
  actor: Author,
  action: RegistrationAction,
  { version, exportOption, frequency, schedule, entities }: Registration,
  entityChanges: { readonly activated: readonly string[]; readonly deactivated: readonly string[] } = noChanges,
): NewEvent {
  const data = {
    ...{ action, version, exportOption, frequency, schedule },
    activeEntities: action === 'REMOVED' ? [] : entities.flatMap(({ name, active }) => (active ? [name] : [])),
    activated: entityChanges.activated,
    deactivated: entityChanges.deactivated,
    by: authorOf(actor),
  }
  return { type: 'registration.changed', data }
}

const noChanges = { activated: [], deactivated: [] }

/** Never the key. */
export function sftpKeyChanged(
  actor: Author,
  type: 'sftp_key.added' | 'sftp_key.removed',
  { fingerprint, label, type: keyType }: SftpKey,
): NewEvent {
  return { type, data: { fingerprint, label, keyType, by: authorOf(actor) } }
}

/** @param webhookId of the only webhook that receives it; null for all */
export function testEvent(actor: Author, webhookId: string | null = null): NewEvent {
  return { type: 'test', data: { message: 'This is a test event.', by: authorOf(actor), webhookId } }
}
