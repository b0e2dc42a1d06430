import { createHash, randomUUID } from 'node:crypto'
import type { SftpKeyStore } from '../database/sftp-key-store.js'
import { type Actor, authorOf } from '../domain/actor.js'
import {
  keyProblems,
  labelProblems,
  mostSftpKeys,
  parsePublicKey,
  problemOfLabel,
  type SftpKey,
  sshKeyTypes,
  type SshPublicKey,
} from '../domain/sftp-key.js'
import type { Events } from '../telemetry/events.js'
import type { Outcome, UserError } from './registrations.js'
import type { SftpEndpoint, SftpKeys } from './sftp-keys.js'

export interface SftpKeysDependencies {
  readonly store: SftpKeyStore
  /** What tenants are told. */
  readonly endpoint: SftpEndpoint
  readonly events: Events
}

/** The use cases around tenants' keys, over the database, which every login asks. */
export function createSftpKeys({ store, endpoint, events }: SftpKeysDependencies): SftpKeys {
  return {
    access: async ({ tenantId }) => ({ ...endpoint, username: tenantId, keys: await store.list(tenantId) }),
    add: async (actor, input) => {
      const checked = checkInput(input)
      if (!checked.ok) return checked
      const key = newKey(checked.value, input.label, authorOf(actor))
      let refusal: UserError | undefined
      await store.add(actor, key, (keys) => {
        refusal = refusalOf(key, keys)
        return refusal === undefined
      })
      if (refusal) return { ok: false, userErrors: [refusal] }
      events.sftpKeyAdded(actor, key)
      return { ok: true, value: key }
    },
    remove: async (actor, id) => {
      const removed = isKeyId(id) ? await store.remove(actor, id.toLowerCase()) : undefined
      if (!removed) return { ok: false, userErrors: [noSuchKey] }
      events.sftpKeyRemoved(actor, removed)
      return { ok: true, value: removed }
    },
  }
}

/** Removes the key with that fingerprint, `SHA256:…`. False where the tenant does not have it. */
export async function removeKeyByFingerprint(
  { store, events }: Pick<SftpKeysDependencies, 'store' | 'events'>,
  actor: Actor,
  fingerprint: string,
): Promise<boolean> {
  const keys = await store.list(actor.tenantId)
  const key = keys.find((each) => each.fingerprint === fingerprint)
  const removed = key && (await store.remove(actor, key.id))
  if (removed) events.sftpKeyRemoved(actor, removed)
  return removed !== undefined
}

/** Everything that is wrong at once. No message repeats what was given: it may be a secret. */
function checkInput({ publicKey, label }: { publicKey: string; label: string }): Outcome<SshPublicKey> {
  const parsed = parsePublicKey(publicKey)
  const labelProblem = problemOfLabel(label)
  if (parsed.ok && !labelProblem) return { ok: true, value: parsed.value }
  const userErrors: UserError[] = []
  if (!parsed.ok) {
    const code = parsed.problem === 'PRIVATE_KEY' ? 'PRIVATE_KEY_GIVEN' : 'INVALID_PUBLIC_KEY'
    const allowedValues = parsed.problem === 'TYPE_NOT_ACCEPTED' ? sshKeyTypes : []
    userErrors.push(mistake(code, keyProblems[parsed.problem], ['publicKey'], allowedValues))
  }
  if (labelProblem) {
    const code = labelProblem === 'PRIVATE_KEY' ? 'PRIVATE_KEY_GIVEN' : 'INVALID_LABEL'
    userErrors.push(mistake(code, labelProblems[labelProblem], ['label']))
  }
  return { ok: false, userErrors }
}

function newKey(key: SshPublicKey, label: string, addedBy: string): SftpKey {
  const digest = createHash('sha256').update(Buffer.from(key.blob, 'base64')).digest('base64')
  const fingerprint = `SHA256:${digest.replace(/={1,2}$/, '')}`
  return { ...key, id: randomUUID(), fingerprint, label: label.trim(), addedAt: new Date(), addedBy }
}

function refusalOf(key: SftpKey, keys: readonly SftpKey[]): UserError | undefined {
  const same = keys.find(({ fingerprint }) => fingerprint === key.fingerprint)
  if (same) {
    const message = `This key is there already, as ${JSON.stringify(same.label)} (${same.fingerprint}). Nothing was changed.`
    return mistake('KEY_ALREADY_ADDED', message, ['publicKey'])
  }
  if (keys.length < mostSftpKeys) return undefined
  const message = `There are ${mostSftpKeys} keys already, which is the most. Remove one that is not needed any more.`
  return mistake('TOO_MANY_KEYS', message, ['publicKey'])
}

function mistake(
  code: UserError['code'],
  message: string,
  path: readonly string[],
  allowedValues: readonly string[] = [],
): UserError {
  return { code, message, path, allowedValues, didYouMean: [] }
}

const noSuchKey = mistake('NO_SUCH_KEY', 'There is no key with that id: `sftpAccess { keys { id } }` lists them.', [
  'id',
])

const isKeyId = (id: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
