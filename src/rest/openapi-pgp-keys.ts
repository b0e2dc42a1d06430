type UsedProblem =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'TooLarge'
  | 'UnsupportedMediaType'
  | 'Invalid'
  | 'TooMany'
  | 'InternalError'
  | 'Unavailable'
  | 'NoSuchKey'
  | 'KeyInUse'

/** The OpenAPI descriptions of the routes of `/pgp-keys`. */
export function pgpKeyPaths(parts: {
  readonly json: (description: string, schema: object) => object
  readonly problems: (...names: UsedProblem[]) => object
  readonly ref: (name: string) => object
  readonly tenantHeader: object
}) {
  const { json, problems, ref, tenantHeader } = parts
  const always = problems('BadRequest', 'Unauthorized', 'Forbidden', 'TooMany', 'InternalError', 'Unavailable')
  return {
    '/pgp-keys': {
      get: {
        operationId: 'getPgpKeys',
        summary: 'Read the PGP keys',
        description: "Returns the tenant's PGP keys, and the operator's signing key. Requires the scope exports:read.",
        parameters: [tenantHeader],
        responses: { '200': json('The keys.', ref('PgpKeys')), ...always },
      },
      post: {
        operationId: 'addPgpKey',
        summary: 'Add a PGP key',
        description:
          'Adds a public key that files can be encrypted to. If the registration encrypts files to all keys, the key is ' +
          'used from the next file on. Requires the scope exports:write.',
        parameters: [tenantHeader],
        requestBody: { required: true, content: { 'application/json': { schema: ref('PgpKeyInput') } } },
        responses: {
          '200': json('The key.', ref('PgpKey')),
          ...always,
          ...problems('TooLarge', 'UnsupportedMediaType', 'Invalid'),
        },
      },
    },
    '/pgp-keys/{fingerprint}': {
      delete: {
        operationId: 'removePgpKey',
        summary: 'Remove a PGP key',
        description:
          'Removes a key. No file is encrypted to it afterwards. A key that the registration names, and the last valid key ' +
          'of a registration with encryption, cannot be removed. Requires the scope exports:write.',
        parameters: [
          tenantHeader,
          {
            name: 'fingerprint',
            in: 'path',
            required: true,
            description: 'The fingerprint of the key.',
            schema: { type: 'string' },
          },
        ],
        responses: {
          '200': json('The removed key.', ref('PgpKey')),
          ...always,
          ...problems('NoSuchKey', 'KeyInUse'),
        },
      },
    },
  }
}
