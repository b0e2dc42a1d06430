import { createHash, randomUUID } from 'node:crypto'
import type { SftpKeyStore } from '../database/sftp-key-store.js'
import type { Transact } from '../database/unit-of-work/unit-of-work.js'
import { type Actor, authorOf } from '../domain/actor.js'
import { auditEntry } from '../domain/audit.js'
import { sftpKeyChanged } from '../domain/events/tenant-events.js'
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
import { ok, type Outcome } from './outcome.js'
import { type UserError, userError } from './user-error.js'

/** The SFTP server that tenants fetch their files from. */
export interface SftpEndpoint {
  readonly host: string
  readonly port: number
  /** Fingerprints, `SHA256:…`, of the host keys that the server may present. */
  readonly hostKeyFingerprints: readonly string[]
}

/** What a tenant needs to fetch its files: the server, its account, and the keys that log in. */
export interface SftpAccess extends SftpEndpoint {
  readonly username: string
  readonly keys: readonly SftpKey[]
}

/** The use cases around a tenant's own SSH keys. The tenant is always the actor's. */
export interface SftpKeys {
  access(actor: Actor): Promise<SftpAccess>
  /** Adds a key, the line of a `.pub` file, or changes nothing and says why. No answer or log line repeats the input. */
  add(actor: Actor, input: { readonly publicKey: string; readonly label: string }): Promise<Outcome<SftpKey>>
  /** Removes a key. It can't log in any more, and its open sessions end within seconds. */
  remove(actor: Actor, id: string): Promise<Outcome<SftpKey>>
}

export interface SftpKeysDependencies {
  readonly transact: Transact
  readonly sftpKeys: SftpKeyStore
  /** The server that tenants read of. */
  readonly endpoint: SftpEndpoint
  readonly events: Events
}

export function createSftpKeys(deps: SftpKeysDependencies): SftpKeys {
  return {
    access: async ({ tenantId }) => ({
      ...deps.endpoint,
      username: tenantId,
      keys: await deps.sftpKeys.list(tenantId),
    }),
    add: (actor, input) => addKey(deps, actor, input),
    remove: async (actor, id) => {
      const removed = isKeyId(id) ? await removeKey(deps, actor, id.toLowerCase()) : undefined
      return removed ? ok(removed) : { ok: false, userErrors: [noSuchKey] }
    },
  }
}

/** Removes the key of that fingerprint, `SHA256:…`. Returns false if the tenant has no such key. */
export async function removeKeyByFingerprint(
  deps: Omit<SftpKeysDependencies, 'endpoint'>,
  actor: Actor,
  fingerprint: string,
): Promise<boolean> {
  const key = (await deps.sftpKeys.list(actor.tenantId)).find((each) => each.fingerprint === fingerprint)
  return key !== undefined && (await removeKey(deps, actor, key.id)) !== undefined
}

async function addKey(
  { transact, events }: SftpKeysDependencies,
  actor: Actor,
  input: { readonly publicKey: string; readonly label: string },
): Promise<Outcome<SftpKey>> {
  const checked = checkInput(input)
  if (!checked.ok) return checked
  const key = newKey(checked.value, input.label, authorOf(actor))
  const refusal = await transact(
    actor.tenantId,
    async ({ sftpKeys, audit, events: outbox }) => {
      const problem = refusalOf(key, await sftpKeys.list())
      if (problem) return problem
      await sftpKeys.add(key)
      await audit.keep(auditEntry(actor, 'SFTP_KEY_ADDED', { target: key.fingerprint, after: described(key) }))
      await outbox.keep(sftpKeyChanged(actor, 'sftp_key.added', key))
      return undefined
    },
    { lock: 'sftp-keys' },
  )
  if (refusal) return { ok: false, userErrors: [refusal] }
  events.sftpKeyAdded(actor, key)
  return ok(key)
}

async function removeKey(
  { transact, events }: Pick<SftpKeysDependencies, 'transact' | 'events'>,
  actor: Actor,
  id: string,
): Promise<SftpKey | undefined> {
  const removed = await transact(actor.tenantId, async ({ sftpKeys, audit, events: outbox }) => {
    const key = await sftpKeys.remove(id)
    if (!key) return undefined
    await audit.keep(auditEntry(actor, 'SFTP_KEY_REMOVED', { target: key.fingerprint, before: described(key) }))
    await outbox.keep(sftpKeyChanged(actor, 'sftp_key.removed', key))
    return key
  })
  if (removed) events.sftpKeyRemoved(actor, removed)
  return removed
}

/** What the audit log says of a key, beside its fingerprint. */
function described({ id, type, label, addedAt, addedBy }: SftpKey) {
  return { id, type, label, addedAt, addedBy }
}

/** Returns everything that is wrong at once. No message repeats the input: it may be a secret. */
function checkInput({ publicKey, label }: { publicKey: string; label: string }): Outcome<SshPublicKey> {
  const parsed = parsePublicKey(publicKey)
  const labelProblem = problemOfLabel(label)
  if (parsed.ok && !labelProblem) return ok(parsed.value)
  const userErrors: UserError[] = []
  if (!parsed.ok) {
    const code = parsed.problem === 'PRIVATE_KEY' ? 'PRIVATE_KEY_GIVEN' : 'INVALID_PUBLIC_KEY'
    const allowedValues = parsed.problem === 'TYPE_NOT_ACCEPTED' ? sshKeyTypes : []
    userErrors.push(userError(code, keyProblems[parsed.problem], ['publicKey'], { allowedValues }))
  }
  if (labelProblem) {
    const code = labelProblem === 'PRIVATE_KEY' ? 'PRIVATE_KEY_GIVEN' : 'INVALID_LABEL'
    userErrors.push(userError(code, labelProblems[labelProblem], ['label']))
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
    const message = `This key exists already, as ${JSON.stringify(same.label)} (${same.fingerprint}). Nothing was changed.`
    return userError('KEY_ALREADY_ADDED', message, ['publicKey'])
  }
  if (keys.length < mostSftpKeys) return undefined
  const message = `There are ${mostSftpKeys} keys already, which is the maximum. Remove a key that you no longer need.`
  return userError('TOO_MANY_KEYS', message, ['publicKey'])
}

const noSuchKey = userError(
  'NO_SUCH_KEY',
  'There is no key with that id. The query `sftpAccess { keys { id } }` lists the ids.',
  ['id'],
)

const isKeyId = (id: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
