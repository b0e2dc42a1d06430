import { namesOf } from '../domain/described.js'
import { fetchStates } from '../domain/fetch.js'
import { mostSftpKeys } from '../domain/sftp-key.js'

type UsedProblem =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'Invalid'
  | 'TooMany'
  | 'InternalError'
  | 'Unavailable'
  | 'NoSuchDelivery'

/** The codes of problems that only these routes have. */
export const deliveryProblemCodes = ['INVALID_QUERY', 'NO_SUCH_DELIVERY'] as const

const text = (description: string) => ({ type: 'string', description })
const textOrNull = (description: string) => ({ type: ['string', 'null'], description })
const time = (description: string) => ({ type: 'string', format: 'date-time', description })
const timeOrNull = (description: string) => ({ type: ['string', 'null'], format: 'date-time', description })
const whole = (description: string) => ({ type: 'integer', description })
const flag = (description: string) => ({ type: 'boolean', description })
const object = (description: string, properties: Readonly<Record<string, object>>) => ({
  description,
  type: 'object',
  properties,
  required: Object.keys(properties),
})
const page = (description: string, schema: string, more: Readonly<Record<string, object>> = {}) =>
  object(description, {
    ...more,
    items: { type: 'array', items: { $ref: `#/components/schemas/${schema}` }, description: 'Newest first.' },
    next: textOrNull('The value of `after` for the next page. Null on the last page.'),
  })

const notReported = 'Null if it is not known, because the SFTP server does not report fetches.'
const fetchProperties = {
  fetchState: {
    type: ['string', 'null'],
    enum: [...namesOf(fetchStates).map((name) => name.toLowerCase().replaceAll('_', ' ')), null],
    description: `How much of the file was fetched. ${notReported}`,
  },
  fetchedAt: timeOrNull('The time when the whole file was fetched for the first time. Null if it was not.'),
  fetchCount: {
    type: ['integer', 'null'],
    description: `The number of fetches of the file and its file parts. ${notReported}`,
  },
}

export const deliverySchemas = {
  Delivery: object('A published file.', {
    id: text('The id of the delivery.'),
    runId: text('The id of the run that published it.'),
    entity: text('The internal name of the entity.'),
    path: text('The path of the file, or of its first file part, on the SFTP server.'),
    mode: { type: 'string', enum: ['full', 'delta'], description: 'Which rows the file contains.' },
    rows: whole('The number of rows in the file, without the header.'),
    bytes: whole('The size on the server, in bytes. For a split file, the sum of its file parts.'),
    sha256: text('The SHA-256 of the file as it is stored, in hexadecimal.'),
    sequence: whole('The number of the file, from 1 for each entity.'),
    revision: whole('The number of files that were published for the entity and day so far, including this one.'),
    redelivered: flag('Whether the file is a past window that was written again.'),
    publishedAt: time('The time when the file got its final name.'),
    removedAt: timeOrNull('The time when the file was removed from the server. Null if it was not removed.'),
    ...fetchProperties,
  }),
  Deliveries: page('A page of the ledger.', 'Delivery'),
  Fetch: object('One reading of a delivered file over SFTP, from opening the file to closing it.', {
    id: text('The id of the fetch.'),
    path: text('The path of the file, or of the file part.'),
    startedAt: time('The time when the client opened the file.'),
    endedAt: time('The time when the client closed the file.'),
    bytesRead: whole('The number of bytes that the client read. Bytes that it read twice count twice.'),
    isWhole: flag('Whether the client read the whole file or file part in this fetch.'),
    keyFingerprint: textOrNull('The fingerprint of the key that logged in. Null for a login with a password.'),
    address: textOrNull('The network address of the client. Null if the SFTP server does not report it.'),
  }),
  Fetches: page('A page of the fetches of a delivery.', 'Fetch', fetchProperties),
  SftpKeys: object("The tenant's SFTP keys.", {
    keys: {
      type: 'array',
      description: `The keys that may log in, oldest first. There are at most ${mostSftpKeys}.`,
      items: object('A public key that may log in over SFTP as the tenant.', {
        id: text('The id of the key.'),
        fingerprint: text('The fingerprint, `SHA256:…`.'),
        label: text('The label from the call that added the key.'),
        type: text('The type of the key, such as `ssh-ed25519`.'),
        publicKey: text('The public key as in `authorized_keys`, without a comment.'),
        addedAt: time('The time when the key was added.'),
        addedBy: text('The subject of the token that added the key.'),
        lastUsedAt: timeOrNull(
          'The time when the key last logged in or fetched a file. Null if it was not used since it was added, or if the SFTP ' +
            'server does not report it.',
        ),
      }),
    },
  }),
}

const query = (name: string, type: string, description: string) => ({
  name,
  in: 'query',
  description,
  schema: { type },
})
const pageQuery = [
  query('first', 'integer', 'The maximum number of items, 1 to 100. 20 by default.'),
  query('after', 'string', 'Only items after this place: `next` of the page before.'),
]

/** The OpenAPI descriptions of the routes of `/deliveries` and `/sftp-keys`. */
export function deliveryPaths(parts: {
  readonly json: (description: string, schema: object) => object
  readonly problems: (...names: UsedProblem[]) => object
  readonly ref: (name: string) => object
  readonly tenantHeader: object
}) {
  const { json, problems, ref, tenantHeader } = parts
  const always = problems('BadRequest', 'Unauthorized', 'Forbidden', 'TooMany', 'InternalError', 'Unavailable')
  const days = query(
    'notFetchedForDays',
    'integer',
    'Only files that were published this many days ago or earlier, are stored on the server, and were not fetched, 1 to 90.',
  )
  const id = {
    name: 'id',
    in: 'path',
    required: true,
    description: 'The id of the delivery.',
    schema: { type: 'string' },
  }
  return {
    '/deliveries': {
      get: {
        operationId: 'getDeliveries',
        summary: 'Read the ledger',
        description:
          'Returns the published files of the tenant, newest first, and what was fetched of them. Requires the scope exports:read.',
        parameters: [tenantHeader, days, ...pageQuery],
        responses: { '200': json('The deliveries.', ref('Deliveries')), ...always, ...problems('Invalid') },
      },
    },
    '/deliveries/{id}/fetches': {
      get: {
        operationId: 'getFetches',
        summary: 'Read the fetches of a delivery',
        description: 'Returns who fetched a file, when, and how much of it. Requires the scope exports:read.',
        parameters: [tenantHeader, id, ...pageQuery],
        responses: {
          '200': json('The fetches.', ref('Fetches')),
          ...always,
          ...problems('NoSuchDelivery', 'Invalid'),
        },
      },
    },
    '/sftp-keys': {
      get: {
        operationId: 'getSftpKeys',
        summary: 'Read the SFTP keys',
        description: "Returns the tenant's SFTP keys, with their last use. Requires the scope exports:read.",
        parameters: [tenantHeader],
        responses: { '200': json('The keys.', ref('SftpKeys')), ...always },
      },
    },
  }
}
