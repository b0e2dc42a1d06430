import type { ReadableSpan } from '@opentelemetry/sdk-trace-node'

/**
 * The attributes that a span may have: ids, names that Tidemark or a library defines, and counts. All others are left out, such
 * as those that Temporal's interceptors add. Never add an attribute that could hold a value of a row, a credential or text that
 * a person wrote.
 */
const permitted: ReadonlySet<string> = new Set([
  ...['tenantId', 'runId', 'entity', 'step', 'rows', 'bytes', 'errorId', 'requestId'],
  ...['workflowId', 'workflowType', 'taskQueue', 'namespace', 'attempt'],
  ...['temporalWorkflowId', 'temporalActivityId', 'run_id'],
  ...['http.request.method', 'http.route', 'http.response.status_code', 'graphql.operation.type', 'graphql.fields'],
  ...['error.type', 'exception.type'],
])

/** The span with permitted attributes only, and without the messages and stacks of errors: they may contain anything. */
export function onlyPermittedAttributes(span: ReadableSpan): ReadableSpan {
  return Object.create(span, {
    attributes: { value: kept(span.attributes), enumerable: true },
    status: { value: { code: span.status.code }, enumerable: true },
    events: {
      value: span.events.map((event) => ({ ...event, attributes: kept(event.attributes ?? {}) })),
      enumerable: true,
    },
  }) as ReadableSpan
}

function kept<Attributes extends object>(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => permitted.has(name))) as Attributes
}
