import { describe, expect, test } from 'vitest'
import { loadConfig, loadServiceConfig } from '../../src/config/config.js'
import pg from 'pg'
import { variables } from '../../src/config/variables.js'
import { fingerprint, least, namesOf, privateKey, problemsOf } from './support/least.js'

describe('loadConfig', () => {
  test('a configuration needs few variables, and the others have defaults', () => {
    expect(loadConfig(least)).toMatchObject({
      database: { url: least.DATABASE_URL, poolSize: 10 },
      source: { url: least.DATABASE_URL, poolSize: 8 },
      temporal: { address: 'localhost:7233', namespace: 'default', taskQueue: 'tidemark', tls: false },
      sftp: { port: 22, auth: { kind: 'password', password: 'secret' }, hostKeyFingerprints: [fingerprint], root: '' },
      http: {
        host: '127.0.0.1',
        port: 4000,
        sandbox: false,
        introspection: false,
        corsOrigins: [],
        trustedProxies: [],
        subscriptionsPerTenant: 20,
      },
      csv: { lineEnd: '\n' },
      alerts: { webhookUrl: undefined },
      log: { level: 'info', format: 'json' },
      tracing: undefined,
    })
  })

  test('the API changes four schedules at a time, and at most half of the connections wait for Temporal', () => {
    const atOnce = (given: Record<string, string>) => loadConfig({ ...least, ...given }).schedule.updatesAtOnce
    expect(atOnce({})).toBe(4)
    expect(atOnce({ SCHEDULE_UPDATES_AT_ONCE: '30', DATABASE_POOL_SIZE: '40' })).toBe(20)
    expect(atOnce({ DATABASE_POOL_SIZE: '2' })).toBe(1)
  })

  test('traces are on with the endpoint of a collector, and their headers are written as OpenTelemetry says', () => {
    const tracing = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_SERVICE_NAME: 'exports' }
    const headers = 'authorization=Bearer%20key, x-team = data'
    expect(loadConfig({ ...least, ...tracing, OTEL_EXPORTER_OTLP_HEADERS: headers }).tracing).toEqual({
      endpoint: 'http://collector:4318',
      headers: { authorization: 'Bearer key', 'x-team': 'data' },
      serviceName: 'exports',
    })
    expect(loadConfig({ ...least, ...tracing }).tracing).toMatchObject({ headers: {} })
    for (const wrong of ['authorization', 'a=%', '=b']) {
      expect(problemsOf({ ...least, OTEL_EXPORTER_OTLP_HEADERS: wrong })).toEqual([
        'OTEL_EXPORTER_OTLP_HEADERS must be name=value pairs, separated by commas',
      ])
    }
  })

  test('a tenant may have at least one open subscription', () => {
    const limit = (value: string) => ({ ...least, HTTP_SUBSCRIPTIONS_PER_TENANT: value })
    expect(loadConfig(limit('5')).http.subscriptionsPerTenant).toBe(5)
    expect(namesOf(problemsOf(limit('0')))).toEqual(['HTTP_SUBSCRIPTIONS_PER_TENANT'])
  })

  test('a configuration has the values that the variables give', () => {
    const config = loadConfig({
      ...least,
      SOURCE_DATABASE_URL: 'postgres://elsewhere/analytics',
      TEMPORAL_TLS: 'on',
      SFTP_PORT: '2222',
      SFTP_HOST_KEY_FINGERPRINT: `${fingerprint}=, SHA256:${'b'.repeat(43)}`,
      SFTP_ROOT: '/srv/data',
      CORS_ORIGINS: 'https://a.example, https://b.example',
      TRUSTED_PROXIES: '10.0.0.0/8, fd00::/8, 192.0.2.1',
      OAUTH_ALGORITHMS: 'ES256',
      CSV_LINE_END: 'crlf',
      ALERT_WEBHOOK_URL: 'https://hooks.example/secret',
    })
    expect(config).toMatchObject({
      source: { url: 'postgres://elsewhere/analytics' },
      temporal: { tls: true },
      sftp: { port: 2222, root: '/srv/data', hostKeyFingerprints: [fingerprint, `SHA256:${'b'.repeat(43)}`] },
      http: {
        corsOrigins: ['https://a.example', 'https://b.example'],
        trustedProxies: ['10.0.0.0/8', 'fd00::/8', '192.0.2.1'],
      },
      oauth: { algorithms: ['ES256'] },
      csv: { lineEnd: '\r\n' },
      alerts: { webhookUrl: 'https://hooks.example/secret' },
    })
  })

  test('attempts go on for six hours by default, and a worker starts ten runs in a second', () => {
    expect(loadConfig(least).run).toMatchObject({ maxAttempts: 8, retryMinutes: 360, startsPerSecond: 10 })
    const set = { EXPORT_RETRY_MINUTES: '0', RUN_STARTS_PER_SECOND: '1' }
    expect(loadConfig({ ...least, ...set }).run).toMatchObject({ retryMinutes: 0, startsPerSecond: 1 })
    expect(problemsOf({ ...least, EXPORT_RETRY_MINUTES: '-1', RUN_STARTS_PER_SECOND: '0' })).toHaveLength(2)
  })

  test('a worker keeps at least 50 runs in memory, and 500 by default', () => {
    expect(loadConfig(least).run.workflowCacheSize).toBe(500)
    expect(loadConfig({ ...least, WORKFLOW_CACHE_SIZE: '2000' }).run.workflowCacheSize).toBe(2000)
    expect(problemsOf({ ...least, WORKFLOW_CACHE_SIZE: '49' })).toHaveLength(1)
  })

  test('login at the SFTP server gets half of the timeout, and at most 15 s', () => {
    const limits = (seconds?: string) => loadConfig({ ...least, SFTP_TIMEOUT_SECONDS: seconds }).sftp
    expect(limits()).toMatchObject({ operationMs: 30_000, connectMs: 15_000 })
    expect(limits('300')).toMatchObject({ operationMs: 300_000, connectMs: 15_000 })
    expect(limits('3')).toMatchObject({ operationMs: 3_000, connectMs: 1_500 })
  })

  test('an empty variable counts as not set', () => {
    expect(loadConfig({ ...least, PORT: '', SFTP_PRIVATE_KEY: '', SFTP_PASSWORD_FILE: '' }).http.port).toBe(4000)
    expect(namesOf(problemsOf({ ...least, DATABASE_URL: '' }))).toEqual(['DATABASE_URL'])
  })

  test('all missing and wrong variables are reported together', () => {
    const problems = problemsOf({ PORT: 'x', SFTP_ROOT: 'srv/', OAUTH_ALGORITHMS: 'HS256', LOG_LEVEL: 'loud' })
    expect(namesOf(problems).toSorted()).toEqual([
      'DATABASE_URL',
      'LOG_LEVEL',
      'OAUTH_ALGORITHMS',
      'OAUTH_ISSUER',
      'PORT',
      'SFTP_HOST',
      'SFTP_HOST_KEY_FINGERPRINT',
      'SFTP_PASSWORD',
      'SFTP_ROOT',
      'SFTP_USERNAME',
      'TEMPORAL_ADDRESS',
    ])
    expect(() => loadConfig({})).toThrow(/^The configuration is not usable:\n {2}- DATABASE_URL is required: /)
  })

  test.each([
    ['DATABASE_URL', 'mysql://localhost/x', 'must be a postgresql:// URL'],
    ['SOURCE_DATABASE_URL', 'localhost', 'must be a postgresql:// URL'],
    ['TEMPORAL_ADDRESS', 'http://localhost:7233', 'must be host:port'],
    ['PORT', '65536', 'must be a whole number from 0 to 65535'],
    ['PORT', '80.5', 'must be a whole number from 0 to 65535'],
    ['PORT', '-1', 'must be a whole number from 0 to 65535'],
    ['PORT', ' ', 'must be a whole number from 0 to 65535'],
    ['SANDBOX', 'yes', 'must be true or false'],
    ['SFTP_HOST_KEY_FINGERPRINT', 'MD5:00', 'must be of the form SHA256:<43 base64 characters>'],
    ['SFTP_HOST_KEY_FINGERPRINT', ',', 'must be of the form SHA256:<43 base64 characters>'],
    ['SFTP_ROOT', '/srv/', 'must be an absolute path without a slash at its end'],
    ['OAUTH_ISSUER', 'issuer', 'must be an http:// or https:// URL'],
    ['OAUTH_ALGORITHMS', 'none', 'must be asymmetric signature algorithms, such as RS256,ES256'],
    ['TRUSTED_PROXIES', 'proxy.local', 'must be IP addresses and networks, such as 10.0.0.1,192.168.0.0/16'],
    ['TRUSTED_PROXIES', '10.0.0.0/33', 'must be IP addresses and networks, such as 10.0.0.1,192.168.0.0/16'],
    ['CSV_LINE_END', 'cr', 'must be lf or crlf'],
    ['LOG_LEVEL', 'loud', 'must be trace, debug, info, warn, error or silent'],
  ])('the configuration %s=%s is refused', (name, value, message) => {
    expect(problemsOf({ ...least, [name]: value })).toEqual([`${name} ${message}`])
  })

  test.each([
    ['OAUTH_ISSUER', 'http://issuer.example.com/', 'must be an https:// URL; http:// is for this machine only'],
    ['OAUTH_ISSUER', 'http://127.0.0.1.example.com/', 'must be an https:// URL; http:// is for this machine only'],
    ['OAUTH_JWKS_URL', 'http://10.0.0.1/keys', 'must be an https:// URL; http:// is for this machine only'],
    ['PUBLIC_URL', 'http://exports.example.com', 'must be an https:// URL; http:// is for this machine only'],
    ['ALERT_WEBHOOK_URL', 'https://u:p@hooks.example.com', 'must have no user name and no password in it'],
    ['OAUTH_ISSUER', 'https://u@issuer.example.com', 'must have no user name and no password in it'],
    ['CORS_ORIGINS', 'https://a.example/', 'must be origins, such as https://app.example.com'],
    ['CORS_ORIGINS', 'https://a.example,null', 'must be origins, such as https://app.example.com'],
    ['SFTP_PASSWORD', 'change-me', 'is a placeholder: set your own value'],
    ['TEMPORAL_API_KEY', '<your key>', 'is a placeholder: set your own value'],
    ['LOG_FILE', '/nowhere/at/all.log', "can't be written: ENOENT"],
    ['DATABASE_PASSWORD', 'x', 'needs a user in DATABASE_URL: postgresql://user@host/database'],
    ['SOURCE_DATABASE_PASSWORD', 'x', 'is set without SOURCE_DATABASE_URL'],
  ])('a setting that the service could not use safely is refused at start: %s=%s', (name, value, message) => {
    expect(problemsOf({ ...least, [name]: value })).toEqual([`${name} ${message}`])
  })

  test.each(['http://127.0.0.1:9/a', 'http://127.8.9.1', 'http://[::1]:9', 'http://localhost:9', 'http://a.localhost'])(
    'an issuer on this machine may do without TLS: %s',
    (url) => {
      expect(loadConfig({ ...least, OAUTH_ISSUER: url, OAUTH_JWKS_URL: url, PUBLIC_URL: url }).oauth.issuer).toBe(url)
    },
  )

  test('a password that is given apart from its URL is taken literally', () => {
    const password = "/?#@%41:&' é"
    const { database, source } = loadConfig({
      ...least,
      DATABASE_URL: 'postgresql://app@db:5433/tidemark?sslmode=verify-full',
      DATABASE_PASSWORD: password,
      SOURCE_DATABASE_URL: 'postgresql://reader@/source?host=/var/run/postgresql',
      SOURCE_DATABASE_PASSWORD: password,
    })
    const read = ({ url }: { url: string }) => {
      const { user, password: found, host, port, database: name } = new pg.Client({ connectionString: url })
      return { user, password: found, host, port, name }
    }
    expect(read(database)).toEqual({ user: 'app', password, host: 'db', port: 5433, name: 'tidemark' })
    expect(read(source)).toMatchObject({ user: 'reader', password, host: '/var/run/postgresql', name: 'source' })
  })

  test.each([
    [
      'postgresql://app:other@db/tidemark',
      'one',
      'is set twice: remove the password from DATABASE_URL, or remove this variable',
    ],
    ['postgresql://app@db/tidemark', 'change-me-too', 'is a placeholder: set your own password'],
  ])('a password apart from %s is refused where its URL cannot take one', (url, password, message) => {
    const problems = problemsOf({ ...least, DATABASE_URL: url, DATABASE_PASSWORD: password })
    expect(problems).toEqual([`DATABASE_PASSWORD ${message}`])
  })

  test('an error never repeats a value, which may be a secret', () => {
    const environment = Object.fromEntries(Object.keys(variables.shape).map((name) => [name, 'hush://hush']))
    expect(problemsOf(environment).join()).not.toContain('hush')
  })

  test('exactly one way to authenticate at the SFTP server is required', () => {
    const message = 'SFTP_PASSWORD or SFTP_PRIVATE_KEY is required, but not both. Each can be given as …_FILE'
    expect(problemsOf({ ...least, SFTP_PASSWORD: undefined })).toEqual([message])
    expect(problemsOf({ ...least, SFTP_PRIVATE_KEY: privateKey })).toEqual([message])
    const { auth } = loadConfig({ ...least, SFTP_PASSWORD: undefined, SFTP_PRIVATE_KEY: privateKey }).sftp
    expect(auth).toEqual({ kind: 'privateKey', privateKey: privateKey.trim(), passphrase: undefined })
  })
})

describe('loadServiceConfig', () => {
  test('a service refuses to start with the login of the tables’ owner', () => {
    const owner = { DATABASE_OWNER_URL: 'postgresql://owner:hush@localhost/tidemark' }
    expect(() => loadServiceConfig({ ...least, ...owner })).toThrow(/DATABASE_OWNER_URL must not be set/)
    expect(() => loadServiceConfig({ ...least, ...owner })).not.toThrow(/hush/)
    expect(loadServiceConfig({ ...least, DATABASE_OWNER_URL: '' })).toEqual(loadConfig(least))
    for (const name of ['_URL_FILE', '_PASSWORD', '_PASSWORD_FILE']) {
      for (const owner of ['DATABASE_OWNER', 'SOURCE_OWNER']) {
        expect(() => loadServiceConfig({ ...least, [`${owner}${name}`]: 'x' })).toThrow(
          `${owner}${name} must not be set`,
        )
      }
    }
  })
})

test.each(['.{name}.{id}.part', '{name}.{id}.filepart', '{id}-{name}_tmp'])('SFTP_HIDDEN_NAME may be %s', (pattern) => {
  expect(loadConfig({ ...least, SFTP_HIDDEN_NAME: pattern }).hiddenName).toBe(pattern)
})

test.each([
  '{name}.part',
  '{id}.part',
  '{id}.{name}',
  '{name}.{id}.csv',
  '{name}.{id}.json',
  '{name}.{id}.CSV.gz',
  '../{name}.{id}.part',
  '{name}/{id}.part',
  '{name}.{id}.{id}.part',
  '{name} {id}.part',
  `{name}.{id}.${'x'.repeat(50)}`,
])('SFTP_HIDDEN_NAME may not be %s', (pattern) => {
  expect(() => loadConfig({ ...least, SFTP_HIDDEN_NAME: pattern })).toThrow(
    /SFTP_HIDDEN_NAME must contain \{name\} and \{id\}/,
  )
})
