import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Actor, Scope } from '../domain/actor.js'
import { mostPgpKeys } from '../domain/pgp-key.js'
import type { Outcome } from '../services/outcome.js'
import type { PgpKeys, PgpKeysView, PgpKeyView } from '../services/pgp-keys.js'
import type { UserErrorCode } from '../services/user-error.js'
import { problemError, sendProblem } from './problem.js'

export interface PgpKeyRoutes {
  readonly pgpKeys: PgpKeys
  /** Checks the token before the body is read. */
  readonly permit: (scope: Scope) => (request: FastifyRequest) => Promise<void>
  readonly callerOf: (request: FastifyRequest) => Actor
}

/** `GET /pgp-keys`, `POST /pgp-keys` and `DELETE /pgp-keys/{fingerprint}`. */
export function addPgpKeyRoutes(server: FastifyInstance, { pgpKeys, permit, callerOf }: PgpKeyRoutes): void {
  server.get('/pgp-keys', { onRequest: permit('exports:read') }, (request) =>
    pgpKeys.list(callerOf(request)).then(keysBody),
  )

  server.post('/pgp-keys', { onRequest: permit('exports:write') }, async (request, reply) => {
    const body = request.body as { readonly publicKey?: unknown; readonly label?: unknown } | null
    const { publicKey, label } = body ?? {}
    if (typeof publicKey !== 'string' || typeof label !== 'string') {
      const detail = 'The body must be a JSON object with the texts `publicKey` and `label`.'
      return sendProblem(reply, { status: 400, title: 'Bad Request', detail, code: 'INVALID_BODY' })
    }
    return sendKey(reply, await pgpKeys.add(callerOf(request), { publicKey, label }))
  })

  server.delete('/pgp-keys/:fingerprint', { onRequest: permit('exports:write') }, async (request, reply) => {
    const { fingerprint } = request.params as { readonly fingerprint: string }
    return sendKey(reply, await pgpKeys.remove(callerOf(request), fingerprint))
  })
}

function keysBody({ keys, signingKey }: PgpKeysView) {
  return { keys: keys.map(keyBody), signingKey }
}

function keyBody({ armored, ...key }: PgpKeyView) {
  return { ...key, publicKey: armored }
}

const statuses: Partial<Record<UserErrorCode, { readonly status: number; readonly title: string }>> = {
  NO_SUCH_KEY: { status: 404, title: 'Not Found' },
  PGP_KEY_IN_USE: { status: 409, title: 'Conflict' },
}

/** The codes of problems that only these routes have. */
export const keyProblemCodes = ['INVALID_KEY', 'NO_SUCH_KEY', 'PGP_KEY_IN_USE'] as const

function sendKey(reply: FastifyReply, outcome: Outcome<PgpKeyView>): FastifyReply | object {
  if (outcome.ok) return keyBody(outcome.value)
  const code = outcome.userErrors[0]?.code
  const known = code && statuses[code]
  const errors = outcome.userErrors.map(problemError)
  return sendProblem(reply, {
    ...(known ?? { status: 422, title: 'Unprocessable Content' }),
    detail: errors.map(({ detail }) => detail).join(' '),
    code: known ? code : 'INVALID_KEY',
    errors,
  })
}

const text = (description: string) => ({ type: 'string', description })
const time = (description: string) => ({ type: 'string', format: 'date-time', description })

const keyProperties = {
  fingerprint: text('The fingerprint as 40 hexadecimal digits, as `gpg --fingerprint` prints it without blanks.'),
  label: text('The label from the call that added the key.'),
  userId: text('The primary user id of the key.'),
  algorithm: text('The algorithm that files are encrypted with, such as `RSA 4096`.'),
  publicKey: text('The armored public key, as `gpg --import` reads it.'),
  createdAt: time('The time when the key was created.'),
  expiresAt: {
    type: ['string', 'null'],
    format: 'date-time',
    description: 'The time from which files can no longer be encrypted to the key. Null if it does not expire.',
  },
  expiresSoon: { type: 'boolean', description: 'Whether the key expires within 30 days, or has expired.' },
  isExpired: { type: 'boolean', description: 'Whether the key has expired. Files that are encrypted to it fail.' },
  addedAt: time('The time when the key was added.'),
  addedBy: text('The subject of the token that added the key.'),
}

const signingKey = {
  type: ['object', 'null'],
  description: "The operator's key that signs files. Null if the operator has none.",
  properties: {
    fingerprint: text('The fingerprint as 40 hexadecimal digits.'),
    publicKey: text('The armored public key. Import it to verify the signatures of files.'),
  },
  required: ['fingerprint', 'publicKey'],
}

const keyRef = { $ref: '#/components/schemas/PgpKey' }

export const pgpKeySchemas = {
  PgpKey: {
    description: "A public key that the tenant's files can be encrypted to.",
    type: 'object',
    properties: keyProperties,
    required: Object.keys(keyProperties),
  },
  PgpKeys: {
    description: "The tenant's PGP keys, and the key with which the operator signs files.",
    type: 'object',
    properties: {
      keys: { type: 'array', items: keyRef, description: `The keys, oldest first. There are at most ${mostPgpKeys}.` },
      signingKey,
    },
    required: ['keys', 'signingKey'],
  },
  PgpKeyInput: {
    description: 'A PGP key to add.',
    type: 'object',
    properties: {
      publicKey: text('One armored public key, at most 64 KB: the output of `gpg --armor --export KEY`.'),
      label: text('The name of the key in lists.'),
    },
    required: ['publicKey', 'label'],
  },
}
