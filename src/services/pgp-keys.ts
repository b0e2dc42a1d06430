import type { PgpKeyStore } from '../database/pgp-key-store.js'
import type { Transact } from '../database/unit-of-work/unit-of-work.js'
import { type Actor, authorOf } from '../domain/actor.js'
import { auditEntry } from '../domain/audit.js'
import {
  expiresSoon,
  isExpired,
  mostPgpKeys,
  parseFingerprint,
  type PgpKey,
  type PgpKeyFacts,
  type PgpKeyProblem,
  pgpKeyProblems,
  type PgpSigningKey,
} from '../domain/pgp-key.js'
import { labelProblems, problemOfLabel } from '../domain/sftp-key.js'
import type { Events } from '../telemetry/events.js'
import { ok, type Outcome } from './outcome.js'
import { refusalOfRemoval } from './pgp-key-use.js'
import { type UserError, userError } from './user-error.js'

/** A key as its tenant sees it. */
export interface PgpKeyView extends PgpKey {
  readonly isExpired: boolean
  /** Whether it expires within 30 days, or has expired. */
  readonly expiresSoon: boolean
}

export interface PgpKeysView {
  readonly tenantId: string
  /** In the order in which they were added. */
  readonly keys: readonly PgpKeyView[]
  /** The operator's key that signs files; null if the operator has none. */
  readonly signingKey: PgpSigningKey | null
}

/** The use cases around the public keys that a tenant's files are encrypted to. The tenant is always the actor's. */
export interface PgpKeys {
  list(actor: Actor): Promise<PgpKeysView>
  /** Adds an armored public key, or changes nothing and says why. No answer or log line repeats the input. */
  add(actor: Actor, input: { readonly publicKey: string; readonly label: string }): Promise<Outcome<PgpKeyView>>
  /** Removes a key that the registration does not need. It is not used again, from the next file on. */
  remove(actor: Actor, fingerprint: string): Promise<Outcome<PgpKeyView>>
}

/** Reads an armored public key, and refuses one that files can't be encrypted to safely. */
export type ReadPublicKey = (
  text: string,
  now: Date,
) => Promise<
  { readonly ok: true; readonly value: PgpKeyFacts } | { readonly ok: false; readonly problem: PgpKeyProblem }
>

export interface PgpKeysDependencies {
  readonly transact: Transact
  readonly pgpKeys: PgpKeyStore
  readonly readPublicKey: ReadPublicKey
  readonly signingKey: () => Promise<PgpSigningKey | undefined>
  readonly events: Events
}

export function createPgpKeys(deps: PgpKeysDependencies): PgpKeys {
  return {
    list: async ({ tenantId }) => ({
      tenantId,
      keys: (await deps.pgpKeys.list(tenantId)).map(viewOf),
      signingKey: (await deps.signingKey()) ?? null,
    }),
    add: (actor, input) => addKey(deps, actor, input),
    remove: (actor, fingerprint) => removeKey(deps, actor, fingerprint),
  }
}

function viewOf(key: PgpKey): PgpKeyView {
  const now = new Date()
  return { ...key, isExpired: isExpired(key, now), expiresSoon: expiresSoon(key, now) }
}

async function addKey(
  deps: PgpKeysDependencies,
  actor: Actor,
  input: { readonly publicKey: string; readonly label: string },
): Promise<Outcome<PgpKeyView>> {
  const checked = await checkInput(deps, input)
  if (!checked.ok) return checked
  const key = { ...checked.value, label: input.label.trim(), addedAt: new Date(), addedBy: authorOf(actor) }
  const refusal = await deps.transact(
    actor.tenantId,
    async ({ pgpKeys, audit }) => {
      const problem = refusalOf(key, await pgpKeys.list())
      if (problem) return problem
      await pgpKeys.add(key)
      await audit.keep(auditEntry(actor, 'PGP_KEY_ADDED', { target: key.fingerprint, after: described(key) }))
      return undefined
    },
    { lock: 'registration' },
  )
  if (refusal) return { ok: false, userErrors: [refusal] }
  deps.events.pgpKeyAdded(actor, key)
  return ok(viewOf(key))
}

/** The lock of the registration: no call can begin to use the key meanwhile. */
async function removeKey(
  { transact, events }: PgpKeysDependencies,
  actor: Actor,
  given: string,
): Promise<Outcome<PgpKeyView>> {
  const fingerprint = parseFingerprint(given)
  const removed = await transact<Outcome<PgpKey>>(
    actor.tenantId,
    async ({ pgpKeys, registration, audit }) => {
      const keys = await pgpKeys.list()
      const key = keys.find((each) => each.fingerprint === fingerprint)
      if (!key) return { ok: false, userErrors: [noSuchKey] }
      const refusal = refusalOfRemoval(key, keys, (await registration.find())?.registration, new Date())
      if (refusal) return { ok: false, userErrors: [refusal] }
      await pgpKeys.remove(key.fingerprint)
      await audit.keep(auditEntry(actor, 'PGP_KEY_REMOVED', { target: key.fingerprint, before: described(key) }))
      return ok(key)
    },
    { lock: 'registration' },
  )
  if (!removed.ok) return removed
  events.pgpKeyRemoved(actor, removed.value)
  return ok(viewOf(removed.value))
}

/** What the audit log says of a key, beside its fingerprint. */
function described({ label, userId, algorithm, createdAt, expiresAt, addedAt, addedBy }: PgpKey) {
  return { label, userId, algorithm, createdAt, expiresAt, addedAt, addedBy }
}

/** Returns everything that is wrong at once. No message repeats the input: it may be a secret. */
async function checkInput(
  { readPublicKey }: PgpKeysDependencies,
  { publicKey, label }: { publicKey: string; label: string },
): Promise<Outcome<PgpKeyFacts>> {
  const read = await readPublicKey(publicKey, new Date())
  const labelProblem = problemOfLabel(label)
  if (read.ok && !labelProblem) return ok(read.value)
  const userErrors: UserError[] = []
  if (!read.ok) {
    const code = read.problem === 'PRIVATE_KEY' ? 'PRIVATE_KEY_GIVEN' : 'INVALID_PGP_KEY'
    userErrors.push(userError(code, `${pgpKeyProblems[read.problem]} Nothing was changed.`, ['publicKey']))
  }
  if (labelProblem) {
    const code = labelProblem === 'PRIVATE_KEY' ? 'PRIVATE_KEY_GIVEN' : 'INVALID_LABEL'
    userErrors.push(userError(code, labelProblems[labelProblem], ['label']))
  }
  return { ok: false, userErrors }
}

function refusalOf(key: PgpKey, keys: readonly PgpKey[]): UserError | undefined {
  const same = keys.find(({ fingerprint }) => fingerprint === key.fingerprint)
  if (same) {
    const message =
      `This key exists already, as ${JSON.stringify(same.label)} (${same.fingerprint}). To replace it by a version with a ` +
      'later expiry, remove it first. Nothing was changed.'
    return userError('KEY_ALREADY_ADDED', message, ['publicKey'])
  }
  if (keys.length < mostPgpKeys) return undefined
  const message = `There are ${mostPgpKeys} keys already, which is the maximum. Remove a key that you no longer need.`
  return userError('TOO_MANY_KEYS', message, ['publicKey'])
}

const noSuchKey = userError(
  'NO_SUCH_KEY',
  'There is no key with that fingerprint. The query `pgpKeys { keys { fingerprint } }` lists the fingerprints.',
  ['fingerprint'],
)
