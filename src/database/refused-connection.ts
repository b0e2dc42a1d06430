/** Postgres or TLS refuses the connection, and trying again can't succeed. The message has no secret. */
export class RefusedConnectionError extends Error {
  override readonly name = 'RefusedConnectionError'
}

const remedies: readonly (readonly [RegExp, string])[] = [
  [
    /^(DEPTH_ZERO_)?SELF_SIGNED_CERT|^UNABLE_TO_(VERIFY|GET)|^CERT_|^ERR_TLS_CERT/,
    'Check sslmode and sslrootcert of DATABASE_URL, and the certificate of the server.',
  ],
  [/^28/, 'Check user and password of DATABASE_URL, and pg_hba.conf of the server.'],
  [/^3D000$/, 'Check the name of the database in DATABASE_URL.'],
]

/** The refusal behind an error of a new connection; undefined if the database may just be unreachable at the moment. */
export function refusalOf(error: unknown): RefusedConnectionError | undefined {
  const { code = '', message = '' } = (error ?? {}) as { code?: unknown; message?: string }
  const noTls = /does not support SSL/.test(message)
    ? 'Switch TLS on in the server, or set sslmode=disable.'
    : undefined
  const remedy = noTls ?? remedies.find(([codes]) => codes.test(String(code)))?.[1]
  if (remedy === undefined) return undefined
  return new RefusedConnectionError(`The database of DATABASE_URL refuses the connection: ${message}. ${remedy}`)
}
