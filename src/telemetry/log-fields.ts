/**
 * The fields that a log line may have, at any depth: ids, names of Tidemark's own, counts, times and places. What is not
 * among them is left out, whoever hands it in; the line says which names were, so that a new field is missed and not
 * lost. Whatever could hold a value of a row, a credential or somebody's words must never be added.
 */
const permitted: ReadonlySet<string> = new Set([
  // Who and where.
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
  ...['requestId', 'method', 'path', 'status', 'ms', 'errorId', 'target', 'action'],
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
  ],
  // SFTP keys, by what is public of them.
  ...['keyId', 'type', 'fingerprint'],
  // Errors, and the cause of each.
  ...['err', 'error', 'name', 'code', 'stack', 'cause', 'errors'],
  // What Temporal's SDK says of itself.
  ...['source', 'sdkComponent', 'namespace', 'taskQueue', 'workflowId', 'workflowType', 'activityId', 'activityType'],
  ...['isLocal', 'identity', 'buildId', 'signal', 'options'],
])

/** How deep a field may lie: an error whose causes lead back to it has no end. */
const mostDepth = 8

/** The fields of a log line that may be there; the names of the others, and of what lies too deep, as `withheld`. */
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

/** An error without what drivers hang on it: Postgres' quotes rows in `detail`, an HTTP client's holds headers. */
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
