import { isIP } from 'node:net'
import { z } from 'zod'
import { isSecureUrl } from '../domain/secure-url.js'
import { parseLoginParameters } from './login-parameters.js'
import { manifestPublicKeys, manifestSigningKey } from './manifest-keys.js'
import { parseOtlpHeaders } from './otlp-headers.js'
import { isPlaceholder } from './placeholder.js'
import { withLibpqModes } from './postgres-tls.js'
import { problemOfPostgresUrl } from './postgres-url.js'
import { parseSender, parseSmtpUrl } from './smtp-url.js'

const flag = (fallback: boolean) =>
  z
    .enum(['true', 'false', '1', '0', 'on', 'off'], { error: 'must be true or false' })
    .default(fallback ? 'true' : 'false')
    .transform((value) => ['true', '1', 'on'].includes(value))

const wholeNumber = (min: number, max: number, error = `must be a whole number from ${min} to ${max}`) =>
  z.string().regex(/^\d+$/, { error, abort: true }).transform(Number).pipe(z.number().min(min, error).max(max, error))
const count = (fallback: number, min: number, max: number) => wholeNumber(min, max).default(fallback)

/** The database refuses to remove younger rows. */
const historyDaysError = 'must be 0, or a whole number from 90 to 36500'
const historyDays = wholeNumber(0, 36_500, historyDaysError)
  .default(0)
  .refine((days) => days === 0 || days >= 90, { error: historyDaysError })

/** The database refuses to remove younger events, which webhooks may still have to send. */
const eventDaysError = 'must be 0, or a whole number from 7 to 36500'
const eventDays = wholeNumber(0, 36_500, eventDaysError)
  .default(90)
  .refine((days) => days === 0 || days >= 7, { error: eventDaysError })

const list = z.string().transform((value) =>
  value
    .split(/[,\n]/)
    .map((item) => item.trim())
    .filter((item) => item !== ''),
)
const listOf = (item: RegExp, error: string) =>
  list.refine((items) => items.length > 0 && items.every((value) => item.test(value)), { error })

/** `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`. */
function isNetwork(value: string): boolean {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(value) ?? []
  const version = isIP(address)
  return version > 0 && Number(bits ?? 0) <= (version === 4 ? 32 : 128)
}

export const required = (what: string) => z.string({ error: `is required: ${what}` })

/** `fetch` refuses a URL with a login, and its error quotes the URL. */
function isWithoutLogin(value: string): boolean {
  const { username, password } = new URL(value)
  return username === '' && password === ''
}

const url = z
  .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL', abort: true })
  .refine(isWithoutLogin, { error: 'must have no user name and no password in it' })
/** For URLs that the service trusts, because an attacker on the network could change the answer of an http:// URL. */
const secureUrl = url.refine(isSecureUrl, { error: 'must be an https:// URL; http:// is for this machine only' })

/** The form of Standard Webhooks. It becomes the key itself. */
const webhookSecret = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, 'must be whsec_ and then 24 to 64 bytes in base64')
  .transform((value) => Buffer.from(value.slice('whsec_'.length), 'base64'))
  .refine((key) => key.length >= 24 && key.length <= 64, 'must be whsec_ and then 24 to 64 bytes in base64')

/** 32 bytes in base64. It becomes the key itself. */
const secretsKey = z
  .string()
  .refine((value) => !isPlaceholder(value), { error: 'is a placeholder: set your own value', abort: true })
  .regex(/^[A-Za-z0-9+/]{43}=$/, 'must be 32 bytes in base64: openssl rand -base64 32')
  .transform((value) => Buffer.from(value, 'base64'))

/** The name of a claim, or its path. */
const claim = (fallback: string) => z.string().regex(/^\S+$/, 'must be the name of a claim').default(fallback)

const isOrigin = (value: string): boolean => URL.canParse(value) && new URL(value).origin === value

/** A URL that pg parses as the operator intended. */
export const postgresUrl = (text: z.ZodString) =>
  text
    .superRefine((value, context) => {
      const message = problemOfPostgresUrl(value)
      if (message !== undefined) context.addIssue({ code: 'custom', message })
    })
    .transform(withLibpqModes)

const secret = z
  .string()
  .refine((value) => !isPlaceholder(value), { error: 'is a placeholder: set your own value' })
  .optional()

/** A pattern for hidden names. They must differ from names of delivered files, and from patterns of consumers, such as `*.csv`. */
function isHiddenName(pattern: string): boolean {
  const counts = ['{name}', '{id}'].map((mark) => pattern.split(mark).length - 1)
  const rest = pattern.replace('{name}', '').replace('{id}', '')
  const endsAsDelivered = pattern.endsWith('{name}') || /\.(csv|gz|zst|pgp|json)$/i.test(pattern)
  return counts.every((times) => times === 1) && /^[\w.-]{0,40}$/.test(rest) && !endsAsDelivered
}

/** The text of a PEM file. */
const pem = (kind: string) =>
  z
    .string()
    .regex(new RegExp(`-----BEGIN [A-Z ]*${kind}-----`), `must be PEM: -----BEGIN ${kind}-----`)
    .optional()

/** Every variable that Tidemark reads, with its format and its default. `.env.example` describes them. */
export const variables = z.object({
  DATABASE_URL: postgresUrl(required("the URL of Tidemark's own Postgres")),
  DATABASE_PASSWORD: z.string().optional(),
  DATABASE_OWNER_URL: postgresUrl(z.string()).optional(),
  DATABASE_OWNER_PASSWORD: z.string().optional(),
  DATABASE_POOL_SIZE: count(10, 2, 500),
  SOURCE_DATABASE_URL: postgresUrl(z.string()).optional(),
  SOURCE_DATABASE_PASSWORD: z.string().optional(),
  SOURCE_OWNER_URL: postgresUrl(z.string()).optional(),
  SOURCE_OWNER_PASSWORD: z.string().optional(),
  SOURCE_POOL_SIZE: count(8, 1, 500),
  SOURCE_READ_LIMIT_MINUTES: count(360, 1, 1440),
  TEMPORAL_ADDRESS: required('host:port of the Temporal server').regex(
    /^[^:/]+:\d+$|^\[.+\]:\d+$/,
    'must be host:port',
  ),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  TEMPORAL_TASK_QUEUE: z.string().default('tidemark'),
  TEMPORAL_TLS: flag(false),
  TEMPORAL_TLS_CA: pem('CERTIFICATE'),
  TEMPORAL_TLS_CERT: pem('CERTIFICATE'),
  TEMPORAL_TLS_KEY: pem('PRIVATE KEY'),
  TEMPORAL_TLS_SERVER_NAME: z.string().optional(),
  HTTPS_PROXY: url.optional(),
  HTTP_PROXY: url.optional(),
  NO_PROXY: z.string().optional(),
  TEMPORAL_API_KEY: secret,
  TEMPORAL_UI_URL: url.optional(),
  HEALTH_ADDRESS: z
    .string()
    .regex(/^[^:/]+:\d+$|^\[.+\]:\d+$/, 'must be host:port')
    .optional(),
  METRICS_ADDRESS: z
    .string()
    .regex(/^[^:/]+:\d+$|^\[.+\]:\d+$/, 'must be host:port')
    .optional(),
  SFTP_HOST: required('the host of the SFTP server'),
  SFTP_PORT: count(22, 1, 65535),
  SFTP_PUBLIC_HOST: z.string().optional(),
  SFTP_PUBLIC_PORT: wholeNumber(1, 65535).optional(),
  SFTP_USERNAME: required('the account that writes the exports'),
  SFTP_PASSWORD: secret,
  SFTP_PRIVATE_KEY: z.string().optional(),
  SFTP_PRIVATE_KEY_PASSPHRASE: secret,
  SFTP_HOST_KEY_FINGERPRINT: listOf(
    /^SHA256:[A-Za-z0-9+/]{43}=?$/,
    'must be of the form SHA256:<43 base64 characters>',
  ).optional(),
  SFTP_KNOWN_HOSTS_FILE: z.string().optional(),
  SFTP_MAX_CONNECTIONS: count(8, 1, 500),
  SFTP_CHANNELS: count(0, 0, 16),
  SFTP_ROOT: z
    .string()
    .regex(/^(\/[^/]+)*$/, 'must be an absolute path without a slash at its end')
    .default(''),
  SFTP_HIDDEN_NAME: z
    .string()
    .refine(isHiddenName, {
      error:
        'must contain {name} and {id} once each, and otherwise only letters, digits, dots, hyphens and underscores. It must ' +
        'not end with {name} or with the extension of a delivered file, such as .csv',
    })
    .default('.{name}.{id}.part'),
  SFTP_TIMEOUT_SECONDS: count(30, 1, 3600),
  PGP_SIGNING_KEY: z
    .string()
    .regex(
      /-----BEGIN PGP (PRIVATE|PUBLIC) KEY BLOCK-----/,
      'must be an armored OpenPGP key: gpg --armor --export-secret-keys',
    )
    .optional(),
  PGP_SIGNING_KEY_PASSPHRASE: secret,
  MANIFEST_SIGNING_KEY: manifestSigningKey,
  MANIFEST_PUBLIC_KEYS: manifestPublicKeys,
  OAUTH_ISSUER: required('the issuer of the access tokens').pipe(secureUrl),
  OAUTH_AUDIENCE: listOf(/./, 'must name at least one audience').default(['tidemark']),
  OAUTH_AUDIENCE_CLAIM: claim('aud'),
  OAUTH_JWT_TYPES: listOf(/^(at\+jwt|jwt|none)$/i, 'must be of at+jwt, JWT and none')
    .transform((types) => types.map((type) => type.toLowerCase()))
    .default(['at+jwt']),
  OAUTH_SCOPE_CLAIMS: listOf(/^\S+$/, 'must be names of claims').default(['scope', 'scp']),
  OAUTH_SCOPE_PREFIX: z.string().regex(/^\S*$/, 'must have no blanks').default(''),
  OAUTH_CLOCK_TOLERANCE_SECONDS: count(5, 0, 300),
  OAUTH_JWKS_URL: secureUrl.optional(),
  OAUTH_TENANT_CLAIM: claim('tenant_id'),
  OAUTH_ALGORITHMS: listOf(
    /^(RS|ES|PS)(256|384|512)$|^EdDSA$/,
    'must be asymmetric signature algorithms, such as RS256,ES256',
  ).default(['RS256', 'ES256', 'PS256', 'EdDSA']),
  HOST: z.string().default('127.0.0.1'),
  PORT: count(4000, 0, 65535),
  SANDBOX: flag(false),
  INTROSPECTION: flag(false),
  CORS_ORIGINS: list
    .refine((items) => items.every(isOrigin), { error: 'must be origins, such as https://app.example.com' })
    .default([]),
  PUBLIC_URL: secureUrl.optional(),
  TRUSTED_PROXIES: list
    .refine((items) => items.every(isNetwork), {
      error: 'must be IP addresses and networks, such as 10.0.0.1,192.168.0.0/16',
    })
    .default([]),
  HTTP_MAX_CONNECTIONS: count(2000, 1, 1_000_000),
  HTTP_MAX_CONNECTIONS_PER_ADDRESS: count(500, 1, 1_000_000),
  REQUEST_TIMEOUT_SECONDS: count(30, 1, 300),
  ANSWER_TIMEOUT_SECONDS: count(60, 1, 3600),
  HTTP_TENANT_REQUESTS_AT_ONCE: count(3, 1, 10_000),
  HTTP_SUBSCRIPTIONS_PER_TENANT: count(20, 1, 10_000),
  RATE_LIMIT_TENANT_PER_MINUTE: count(3000, 0, 10_000_000),
  RATE_LIMIT_ADDRESS_PER_MINUTE: count(6000, 0, 10_000_000),
  RATE_LIMIT_WRITES_PER_MINUTE: count(60, 0, 10_000_000),
  RATE_LIMIT_RUNS_PER_HOUR: count(60, 0, 10_000_000),
  CONSOLE_CLIENT_ID: z.string().optional(),
  CONSOLE_CLIENT_SECRET: secret,
  CONSOLE_SCOPES: z
    .string()
    .regex(/^[\x21\x23-\x5b\x5d-\x7e ]+$/, 'must be scopes, separated by blanks')
    .optional(),
  CONSOLE_LOGIN_PARAMETERS: z
    .string()
    .refine((text) => parseLoginParameters(text) !== undefined, {
      error: 'must be name=value pairs, separated by &, and no parameter that Tidemark sets itself',
    })
    .optional(),
  CONSOLE_IDLE_MINUTES: count(30, 1, 1440),
  CONSOLE_MAX_HOURS: count(12, 1, 168),
  CONSOLE_STEP_UP_MINUTES: count(15, 1, 1440),
  CATALOG_FILE: z.string().optional(),
  SCHEDULE_JITTER_SECONDS: count(0, 0, 6 * 3600),
  SCHEDULE_UPDATES_AT_ONCE: count(4, 1, 100),
  RECONCILE_SECONDS: count(10, 1, 3600),
  LATE_AFTER_MINUTES: count(120, 1, 43_200),
  PAUSED_REMINDER_DAYS: count(7, 0, 3_650),
  UNFETCHED_AFTER_DAYS: count(7, 1, 90),
  EXPORT_ENTITY_CONCURRENCY: count(4, 1, 50),
  EXPORT_FILES_TOGETHER: count(32, 1, 100),
  EXPORT_RETENTION_DAYS: count(0, 0, 36_500),
  AUDIT_RETENTION_DAYS: historyDays,
  CHANGE_RETENTION_DAYS: historyDays,
  EVENT_RETENTION_DAYS: eventDays,
  EXPIRY_NOTICE_DAYS: count(7, 0, 3_650),
  EXPORT_MAX_ATTEMPTS: count(8, 1, 1000),
  EXPORT_RETRY_MINUTES: count(360, 0, 10_080),
  RUN_STARTS_PER_SECOND: count(10, 1, 10_000),
  WORKER_CONCURRENCY: count(8, 1, 500),
  WORKFLOW_CACHE_SIZE: count(500, 50, 100_000),
  ALERT_WEBHOOK_URL: url.optional(),
  ALERT_WEBHOOK_FORM: z.enum(['json', 'alertmanager'], { error: 'must be json or alertmanager' }).default('json'),
  ALERT_WEBHOOK_SECRET: webhookSecret.optional(),
  ALERT_DELAY_SECONDS: count(60, 0, 3600),
  SECRETS_KEY: secretsKey.optional(),
  SECRETS_KEY_PREVIOUS: secretsKey.optional(),
  WEBHOOK_CONCURRENCY: count(50, 1, 1000),
  WEBHOOK_ALLOW_PRIVATE_ADDRESSES: flag(false),
  PUBLIC_RUNBOOK_URL: url.transform((value) => (value.endsWith('/') ? value.slice(0, -1) : value)).optional(),
  SMTP_URL: z
    .string()
    .transform(parseSmtpUrl)
    .refine((server) => server !== undefined, {
      error: 'must be smtp://user:password@host:port or smtps://user:password@host:port, without a path',
    })
    .optional(),
  SMTP_PASSWORD: secret,
  SMTP_TLS_CA: pem('CERTIFICATE'),
  EMAIL_FROM: z
    .string()
    .transform(parseSender)
    .refine((sender) => sender !== undefined, { error: 'must be an address, or Name <address>' })
    .optional(),
  CSV_LINE_END: z.enum(['lf', 'crlf'], { error: 'must be lf or crlf' }).default('lf'),
  OTEL_EXPORTER_OTLP_ENDPOINT: url.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .refine((text) => parseOtlpHeaders(text) !== undefined, { error: 'must be name=value pairs, separated by commas' })
    .optional(),
  OTEL_SERVICE_NAME: z.string().optional(),
  LOG_FILE: z.string().optional(),
  LOG_FORMAT: z.enum(['json', 'readable'], { error: 'must be json or readable' }).default('json'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'], {
      error: 'must be trace, debug, info, warn, error or silent',
    })
    .default('info'),
})

export type Variables = z.infer<typeof variables>
