/**
 * The fields that a log line may have, at any depth: ids, names that Tidemark defines, counts, times and paths. The logger
 * leaves out every other field and lists its name in `withheld`. Never add a field that could hold a value of a row, a
 * credential or text that a person wrote.
 */
const permitted: ReadonlySet<string> = new Set([
  // Callers.
  ...[
    'tenantId',
    'subject',
    'clientId',
    'address',
    'scope',
    'requestedBy',
    'updatedBy',
    'addedBy',
    'removedBy',
    'isOperator',
    'named',
  ],
  // Requests.
  ...['requestId', 'traceId', 'method', 'path', 'status', 'ms', 'errorId', 'target', 'action'],
  // Registrations and schedules.
  ...['version', 'exportOption', 'frequency', 'activated', 'deactivated', 'unchanged', 'registrationVersion'],
  // Runs and files.
  ...[
    'id',
    'runId',
    'entity',
    'entities',
    'mode',
    'trigger',
    'to',
    'from',
    'attempt',
    'attempts',
    'failed',
    'manifest',
  ],
  ...[
    'rows',
    'bytes',
    'files',
    'days',
    'left',
    'revision',
    'seconds',
    'published',
    'isLoss',
    'displayName',
    'problems',
    'problem',
  ],
  ...[
    'erasedAt',
    'runsEnded',
    'sftpKeys',
    'alert',
    'at',
    'message',
    'failing',
    'postgres',
    'database',
    'temporal',
    'readiness',
    'kind',
    'incidentId',
    'severity',
    'tenants',
    'failedRuns',
    'next',
    'operation',
    'migrations',
    'sftp',
    'issuer',
    'step',
    'skewMs',
  ],
  // SFTP keys: only public properties.
  ...['keyId', 'type', 'fingerprint'],
  // Errors, and the cause of each.
  ...['err', 'error', 'name', 'code', 'stack', 'cause', 'errors'],
  // Fields of Temporal's SDK.
  ...['source', 'sdkComponent', 'namespace', 'taskQueue', 'workflowId', 'workflowType', 'activityId', 'activityType'],
  ...['isLocal', 'identity', 'buildId', 'signal', 'options'],
])

/** The greatest depth of a field. The causes of an error may be cyclic. */
const mostDepth = 8

/** Keeps the permitted fields. `withheld` lists the names of all others, and of those that are nested too deep. */
export function onlyPermitted(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const withheld = new Set<string>()
  const kept = filtered(fields, withheld, 0) as Record<string, unknown>
  return withheld.size === 0 ? kept : { ...kept, withheld: [...withheld] }
}

function filtered(value: unknown, withheld: Set<string>, depth: number): unknown {
  if (value instanceof Error) return filtered(described(value), withheld, depth)
  if (!isNested(value)) return value
  if (Array.isArray(value)) return value.map((item) => (depth < mostDepth ? filtered(item, withheld, depth + 1) : '…'))
  const entries = Object.entries(value).flatMap(([name, field]) => {
    if (field === undefined) return []
    if (permitted.has(name) && (depth < mostDepth || !isNested(field))) {
      return [[name, filtered(field, withheld, depth + 1)] as const]
    }
    withheld.add(name)
    return []
  })
  return Object.fromEntries(entries)
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Date)
}

/** An error without the properties that drivers add: pg quotes rows in `detail`, and HTTP clients add headers. */
function described(error: Error): object {
  return {
    name: error.name,
    ...('code' in error && { code: error.code }),
    message: error.message,
    stack: error.stack,
    ...(error.cause !== undefined && { cause: error.cause }),
    ...(error instanceof AggregateError && { errors: error.errors }),
  }
}
