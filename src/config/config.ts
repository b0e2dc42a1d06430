import type { TokenVerifierOptions } from '../auth/token-verifier.js'
import type { TemporalOptions } from '../schedules/temporal.js'
import type { SftpLimits, SftpOptions } from '../sftp/types.js'
import { type AlertsConfig, alertsConfig } from './alerts.js'
import { problemOfAudience } from './audience.js'
import { ConfigError, type ConfigProblem } from './config-error.js'
import type { Environment } from './env.js'
import { type ConsoleConfig, consoleConfig, problemOfConsole } from './console.js'
import { type EmailConfig, emailConfig, problemsOfEmail } from './email.js'
import { readHostKeys } from './host-keys.js'
import { problemOfLogFile } from './log-file.js'
import { manifestKeys, type ManifestKeysConfig } from './manifest-keys.js'
import { type PgpSigningKeyConfig, pgpSigningKey } from './pgp-signing-key.js'
import { withProxies } from './proxies.js'
import { readSecrets } from './secrets.js'
import { readSftpAuth } from './sftp-auth.js'
import { problemOfClientCertificate, temporalTls } from './temporal-tls.js'
import { type TracingConfig, tracingConfig } from './tracing.js'
import { variables, type Variables } from './variables.js'
import { problemOfSecretsKeys, type WebhookConfig, webhookConfig } from './webhooks.js'

export { ConfigError } from './config-error.js'

export interface Config {
  readonly database: { readonly url: string; readonly poolSize: number }
  readonly source: { readonly url: string; readonly poolSize: number; readonly readLimitMs: number }
  readonly temporal: {
    readonly address: string
    readonly namespace: string
    readonly taskQueue: string
    readonly tls: TemporalOptions['tls']
    readonly apiKey: string | undefined
    /** The URL of the Temporal UI, for links in answers. */
    readonly uiUrl: string | undefined
  }
  readonly sftp: SftpOptions & Pick<SftpLimits, 'connectMs' | 'operationMs' | 'maxConnections'>
  /** The pattern of hidden names. */
  readonly hiddenName: string
  /** The address at which tenants fetch their files, as the API reports it. */
  readonly sftpEndpoint: {
    readonly host: string
    readonly port: number
    readonly hostKeyFingerprints: readonly string[]
  }
  /** The key that signs encrypted files; undefined: none can be signed. */
  readonly pgpSigningKey: PgpSigningKeyConfig | undefined
  readonly webhooks: WebhookConfig
  /** The keys of the signatures of manifests and indexes. */
  readonly manifestKeys: ManifestKeysConfig
  readonly oauth: TokenVerifierOptions
  readonly http: {
    readonly host: string
    readonly port: number
    readonly sandbox: boolean
    readonly introspection: boolean
    /** Origins that a browser may call from; none by default. */
    readonly corsOrigins: readonly string[]
    /** The URL at which clients reach the service; by default the URL of each request. */
    readonly publicUrl: string | undefined
    /** The addresses and networks whose X-Forwarded-… headers are trusted; none by default. */
    readonly trustedProxies: readonly string[]
    readonly maxConnections: number
    readonly maxConnectionsPerAddress: number
    /** The time in which a whole request must arrive. */
    readonly requestTimeoutMs: number
    /** The time in which a caller must read an answer. */
    readonly answerTimeoutMs: number
    /** The most requests of one tenant that are handled at the same time. */
    readonly tenantRequestsAtOnce: number
    /** The most open subscriptions of one tenant, and the most open WebSockets. */
    readonly subscriptionsPerTenant: number
    /** The most requests, writes and requested runs of one tenant, and requests of one address; 0: no limit. */
    readonly rateLimits: {
      readonly tenantPerMinute: number
      readonly addressPerMinute: number
      readonly writesPerMinute: number
      readonly runsPerHour: number
    }
  }
  /** The console and its logins; undefined: there is no console. */
  readonly console: ConsoleConfig | undefined
  /** For the issuer's keys and webhooks. */
  readonly proxy: {
    readonly https: string | undefined
    readonly http: string | undefined
    readonly none: string | undefined
  }
  readonly catalogFile: string | undefined
  readonly schedule: {
    readonly jitterSeconds: number
    /** Each holds a connection of the pool until Temporal answers, and calls need connections, too. */
    readonly updatesAtOnce: number
    readonly reconcileSeconds: number
  }
  readonly run: {
    /** The most entities of one run that are exported at the same time. */
    readonly entityConcurrency: number
    /** At most so many small files of one run are exported together by one activity; with 1, each alone. */
    readonly filesTogether: number
    /** The most attempts for one entity after failures of unknown cause. */
    readonly maxAttempts: number
    /** For how many minutes attempts go on after failures that heal when a server is back or space is made. */
    readonly retryMinutes: number
    /** The most runs that one worker starts in a second, over all tenants. */
    readonly startsPerSecond: number
    /** The number of days for which files of tenants without a retention time are kept; 0: indefinitely. */
    readonly retentionDays: number
    /** The number of days for which audit events, registration changes and events are kept; 0: indefinitely. */
    readonly historyDays: { readonly audit: number; readonly changes: number; readonly events: number }
    /** How many days before the removal of files their tenant gets an event; 0: none. */
    readonly expiryNoticeDays: number
    /** The most activities that one worker runs at the same time, over all tenants. */
    readonly workerConcurrency: number
    /** The most runs that one worker keeps in memory between their steps. It replays the others from their history. */
    readonly workflowCacheSize: number
  }
  /** When files that are not published are overdue, and when a tenant's pause is reported. */
  readonly lateness: { readonly graceMinutes: number; readonly pausedReminderDays: number }
  /** After how many days a tenant is warned of files that it has not fetched. */
  readonly unfetchedAfterDays: number
  /** The address at which a worker answers health checks, `host:port`; none by default. */
  readonly health: { readonly address: string | undefined }
  /** The address at which the process serves metrics for Prometheus, `host:port`; none by default. */
  readonly metrics: { readonly address: string | undefined }
  /** Where traces are sent, by OTLP over HTTP; undefined: there are no traces. */
  readonly tracing: TracingConfig | undefined
  readonly alerts: AlertsConfig
  /** Email to tenants; undefined: none is sent. */
  readonly email: EmailConfig | undefined
  readonly csv: { readonly lineEnd: '\n' | '\r\n' }
  readonly log: {
    readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'
    /** Standard output by default. */
    readonly file: string | undefined
    readonly format: 'json' | 'readable'
  }
}

/** Reads the configuration, or throws a {@link ConfigError} that lists every problem. */
export function loadConfig(environment: Environment): Config {
  return load(environment, [])
}

/**
 * The same for the API and workers. It refuses the login of the tables' owner, because row-level security does not apply to
 * it.
 */
export function loadServiceConfig(environment: Environment): Config {
  return load(environment, [
    ...refused(environment, 'DATABASE_OWNER', 'migrate'),
    ...refused(environment, 'SOURCE_OWNER', 'source adopt'),
  ])
}

/** The login of an owner, which only one command needs. */
function refused(environment: Environment, owner: string, command: string): ConfigProblem[] {
  const names = [`${owner}_URL`, `${owner}_PASSWORD`].flatMap((name) => [name, `${name}_FILE`])
  const message = `must not be set for the API and workers, only for \`cli.js ${command}\`: it is the login of the tables' owner`
  return names.filter((name) => environment[name]).map((name) => ({ name, message }))
}

function load(environment: Environment, known: readonly ConfigProblem[]): Config {
  const given = readSecrets(withProxies(environment))
  const parsed = variables.safeParse(given.environment)
  const hostKeys = readHostKeys(given.environment, parsed.data)
  const sftpAuth = readSftpAuth(given.environment)
  const problems = [
    ...known,
    ...given.problems,
    ...(parsed.error?.issues.map(({ path, message }) => ({ name: path.join('.'), message })) ?? []),
    ...(sftpAuth.ok ? [] : [sftpAuth.problem]),
    ...hostKeys.problems,
    ...problemOfLogFile(given.environment),
    ...problemOfAudience(given.environment),
    ...problemOfClientCertificate(given.environment),
    ...problemOfConsole(given.environment),
    ...problemOfSecretsKeys(given.environment),
    ...problemsOfEmail(given.environment),
  ]
  if (!parsed.success || !sftpAuth.ok || problems.length > 0) throw new ConfigError(problems)
  return derive(parsed.data, sftpAuth.auth, hostKeys.fingerprints)
}

function derive(env: Variables, auth: SftpOptions['auth'], hostKeyFingerprints: readonly string[]): Config {
  return {
    database: { url: env.DATABASE_URL, poolSize: env.DATABASE_POOL_SIZE },
    source: {
      url: env.SOURCE_DATABASE_URL ?? env.DATABASE_URL,
      poolSize: env.SOURCE_POOL_SIZE,
      readLimitMs: env.SOURCE_READ_LIMIT_MINUTES * 60_000,
    },
    temporal: {
      address: env.TEMPORAL_ADDRESS,
      namespace: env.TEMPORAL_NAMESPACE,
      taskQueue: env.TEMPORAL_TASK_QUEUE,
      tls: temporalTls(env),
      apiKey: env.TEMPORAL_API_KEY,
      uiUrl: env.TEMPORAL_UI_URL,
    },
    sftp: {
      host: env.SFTP_HOST,
      port: env.SFTP_PORT,
      username: env.SFTP_USERNAME,
      auth,
      hostKeyFingerprints,
      root: env.SFTP_ROOT,
      operationMs: env.SFTP_TIMEOUT_SECONDS * 1000,
      connectMs: Math.min(15, env.SFTP_TIMEOUT_SECONDS / 2) * 1000,
      maxConnections: env.SFTP_MAX_CONNECTIONS,
      channels: env.SFTP_CHANNELS || undefined,
    },
    hiddenName: env.SFTP_HIDDEN_NAME,
    sftpEndpoint: {
      host: env.SFTP_PUBLIC_HOST ?? env.SFTP_HOST,
      port: env.SFTP_PUBLIC_PORT ?? env.SFTP_PORT,
      hostKeyFingerprints,
    },
    pgpSigningKey: pgpSigningKey(env),
    webhooks: webhookConfig(env),
    manifestKeys: manifestKeys(env),
    oauth: {
      issuer: env.OAUTH_ISSUER,
      audiences: env.OAUTH_AUDIENCE,
      audienceClaim: env.OAUTH_AUDIENCE_CLAIM,
      types: env.OAUTH_JWT_TYPES,
      scopeClaims: env.OAUTH_SCOPE_CLAIMS,
      scopePrefix: env.OAUTH_SCOPE_PREFIX,
      clockToleranceSeconds: env.OAUTH_CLOCK_TOLERANCE_SECONDS,
      jwksUrl: env.OAUTH_JWKS_URL,
      tenantClaim: env.OAUTH_TENANT_CLAIM,
      algorithms: env.OAUTH_ALGORITHMS,
    },
    http: {
      host: env.HOST,
      port: env.PORT,
      sandbox: env.SANDBOX,
      introspection: env.INTROSPECTION,
      corsOrigins: env.CORS_ORIGINS,
      publicUrl: env.PUBLIC_URL,
      trustedProxies: env.TRUSTED_PROXIES,
      maxConnections: env.HTTP_MAX_CONNECTIONS,
      maxConnectionsPerAddress: env.HTTP_MAX_CONNECTIONS_PER_ADDRESS,
      requestTimeoutMs: env.REQUEST_TIMEOUT_SECONDS * 1000,
      answerTimeoutMs: env.ANSWER_TIMEOUT_SECONDS * 1000,
      tenantRequestsAtOnce: env.HTTP_TENANT_REQUESTS_AT_ONCE,
      subscriptionsPerTenant: env.HTTP_SUBSCRIPTIONS_PER_TENANT,
      rateLimits: {
        tenantPerMinute: env.RATE_LIMIT_TENANT_PER_MINUTE,
        addressPerMinute: env.RATE_LIMIT_ADDRESS_PER_MINUTE,
        writesPerMinute: env.RATE_LIMIT_WRITES_PER_MINUTE,
        runsPerHour: env.RATE_LIMIT_RUNS_PER_HOUR,
      },
    },
    console: consoleConfig(env),
    proxy: { https: env.HTTPS_PROXY, http: env.HTTP_PROXY, none: env.NO_PROXY },
    catalogFile: env.CATALOG_FILE,
    schedule: {
      jitterSeconds: env.SCHEDULE_JITTER_SECONDS,
      updatesAtOnce: Math.min(env.SCHEDULE_UPDATES_AT_ONCE, Math.floor(env.DATABASE_POOL_SIZE / 2)),
      reconcileSeconds: env.RECONCILE_SECONDS,
    },
    run: {
      entityConcurrency: env.EXPORT_ENTITY_CONCURRENCY,
      filesTogether: env.EXPORT_FILES_TOGETHER,
      maxAttempts: env.EXPORT_MAX_ATTEMPTS,
      retryMinutes: env.EXPORT_RETRY_MINUTES,
      startsPerSecond: env.RUN_STARTS_PER_SECOND,
      retentionDays: env.EXPORT_RETENTION_DAYS,
      historyDays: {
        audit: env.AUDIT_RETENTION_DAYS,
        changes: env.CHANGE_RETENTION_DAYS,
        events: env.EVENT_RETENTION_DAYS,
      },
      expiryNoticeDays: env.EXPIRY_NOTICE_DAYS,
      workerConcurrency: env.WORKER_CONCURRENCY,
      workflowCacheSize: env.WORKFLOW_CACHE_SIZE,
    },
    lateness: { graceMinutes: env.LATE_AFTER_MINUTES, pausedReminderDays: env.PAUSED_REMINDER_DAYS },
    unfetchedAfterDays: env.UNFETCHED_AFTER_DAYS,
    health: { address: env.HEALTH_ADDRESS },
    metrics: { address: env.METRICS_ADDRESS },
    tracing: tracingConfig(env),
    alerts: alertsConfig(env),
    email: emailConfig(env),
    csv: { lineEnd: env.CSV_LINE_END === 'crlf' ? '\r\n' : '\n' },
    log: { level: env.LOG_LEVEL, file: env.LOG_FILE, format: env.LOG_FORMAT },
  }
}
