import { namesOf } from '../../src/domain/described.js'
import { type ExportErrorCode, exportErrors, retryClasses } from '../../src/domain/errors.js'
import { tenantMessages } from '../../src/domain/tenant-messages.js'
import { apiFailures } from '../../src/services/api-failure.js'
import { userErrorDefinitions } from '../../src/services/user-error.js'
import { code, inCell, madeFrom, table } from './markdown.js'

/** The page of the runbook for a code, as seen from a page of the reference. */
const runbookPage = (name: string): string => `../runbook/${name.toLowerCase().replaceAll('_', '-')}.md`

/** Codes that GraphQL and Apollo Server give to an error before anything is executed, and those of limits. */
const ownCodesOfGraphql: readonly (readonly [string, string])[] = [
  ['GRAPHQL_PARSE_FAILED', 'The document is not valid GraphQL, or has too many tokens.'],
  ['GRAPHQL_VALIDATION_FAILED', 'The document does not match the schema, or is nested too deeply.'],
  ['OPERATION_RESOLUTION_FAILURE', 'The document has several operations, and `operationName` names none of them.'],
  ['BAD_REQUEST', 'The body has no `query`.'],
  ['OPERATION_TOO_LARGE', 'The operation, its variables or its answer are too large. Request less at a time.'],
]

/** An answer over GraphQL that has no data. */
const exampleAnswer = {
  errors: [
    {
      message: 'The tenant has sent too many requests. Try again in 12 s.',
      extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 12 },
    },
  ],
}

function failuresTable(): string {
  const added: Partial<Record<string, string>> = {
    RATE_LIMITED: code('retryAfterSeconds'),
    INTERNAL_SERVER_ERROR: code('errorId'),
    SERVICE_UNAVAILABLE: `${code('retryAfterSeconds')}, ${code('errorId')}`,
  }
  const failures = namesOf(apiFailures).map((name) => {
    const { status, meaning } = apiFailures[name]
    return [code(name), String(status), added[name] ?? '', inCell(meaning)]
  })
  const own = ownCodesOfGraphql.map(([name, meaning]) => [code(name), '400', '', inCell(meaning)])
  return table(['code', 'status', 'beside `code`', 'meaning'], [...failures, ...own])
}

function userErrorsTable(): string {
  return table(
    ['code', 'meaning'],
    namesOf(userErrorDefinitions).map((name) => [code(name), inCell(userErrorDefinitions[name].meaning)]),
  )
}

function retryLines(): string {
  return namesOf(retryClasses)
    .map((name) => `  - ${code(name)}: ${retryClasses[name]}`)
    .join('\n')
}

function remedies(): string {
  return table(
    ['code', 'what an operator does'],
    namesOf(exportErrors).map((name) => [code(name), inCell(exportErrors[name].remedy)]),
  )
}

export function errorsPage(): string {
  const codes = Object.entries(exportErrors) as [ExportErrorCode, (typeof exportErrors)[ExportErrorCode]][]
  const rows = codes.map(([name, { meaning, retry, alert }]) => [
    `[${code(name)}](${runbookPage(name)})`,
    inCell(meaning),
    retry,
    alert,
  ])
  return `# Error codes

${madeFrom('[src/domain/errors.ts](../../src/domain/errors.ts)')}

A run that fails has one of these codes. The API shows it as \`error.code\` of a run and of its entities, Temporal as the type of
the failure, the log and the alert as \`alert\`. Each code links to its page of the [runbook](../runbook/README.md).

- **Retried**: for how long attempts go on. [Outages](../explanation/outages.md) has the number of attempts and the waits.
${retryLines()}
- **Alert**: when operators are notified of the [incident](../explanation/incidents.md). The delay is \`ALERT_DELAY_SECONDS\`. The
  final failure of a run is always reported at once, except where the column says \`never\`.

${table(['code', 'meaning', 'retried', 'alert'], rows)}

## What an operator does

The failure of a workflow in the Temporal UI has the same sentences.

${remedies()}

## What a tenant reads

A tenant reads these messages instead of the cause, which only operators see. The message says what to do. In most cases that is
nothing: Tidemark tries again, or the next file covers the period.

${table(
  ['code', 'message'],
  namesOf(tenantMessages).map((name) => [code(name), inCell(tenantMessages[name])]),
)}

## Errors that a caller gets

| where   | form                                                                                                       |
| ------- | ---------------------------------------------------------------------------------------------------------- |
| GraphQL | What a caller can correct, or repeat later, comes as \`userErrors\` of the payload, with a code of [\`UserErrorCode\`](graphql.md#usererrorcode). Everything else comes as \`errors\` with \`extensions.code\`. |
| REST    | \`application/problem+json\` (RFC 9457) with \`code\` and \`errors\`: [REST](rest.md).                       |

An unexpected error has an \`errorId\`. The line of the log with that id has the cause.

### Codes of \`extensions.code\`

The status is that of an answer without data. An operation that was answered in part has status 200. REST uses the codes
of the first six lines, too. \`retryAfterSeconds\` is also in the header \`Retry-After\`.

${failuresTable()}

\`\`\`json
${JSON.stringify(exampleAnswer, null, 2)}
\`\`\`

Errors that the API finds before it reads a request have no \`errors\`. They are \`application/problem+json\`, also at
\`/graphql\`: a body that is not JSON (400), that is too large (413) or has another media type (415).

### Codes of \`userErrors\`

The status is 200, and the call has changed nothing.

${userErrorsTable()}
`
}
