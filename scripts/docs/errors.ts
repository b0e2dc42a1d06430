import { type ExportErrorCode, exportErrors } from '../../src/domain/errors.js'
import { code, inCell, madeFrom, table } from './markdown.js'

/** The page of the runbook for a code, as seen from a page of the reference. */
const runbookPage = (name: string): string => `../runbook/${name.toLowerCase().replaceAll('_', '-')}.md`

export function errorsPage(): string {
  const codes = Object.entries(exportErrors) as [ExportErrorCode, (typeof exportErrors)[ExportErrorCode]][]
  const rows = codes.map(([name, { meaning, retryable, alert }]) => [
    `[${code(name)}](${runbookPage(name)})`,
    inCell(meaning),
    retryable ? 'yes' : 'no',
    alert,
  ])
  return `# Error codes

${madeFrom('[src/domain/errors.ts](../../src/domain/errors.ts)')}

A run that fails has one of these codes. The API shows it as \`error.code\` of a run and of its entities, Temporal as the type of
the failure, the log and the alert as \`alert\`. Each code links to its page of the [runbook](../runbook/README.md).

- **Retried**: whether Temporal starts another attempt. [Outages](../explanation/outages.md) has the number of attempts and the seconds.
- **Alert**: with which attempt an operator is alerted. An error on the last attempt always alerts, except where the column
  says \`never\`.

${table(['code', 'meaning', 'retried', 'alert'], rows)}

## Errors that a caller gets

| where   | form                                                                                                       |
| ------- | ---------------------------------------------------------------------------------------------------------- |
| GraphQL | What a caller can correct comes as \`userErrors\` of the payload, with a code of \`ExportUserErrorCode\`: [GraphQL](graphql.md). Everything else comes as \`errors\` with \`extensions.code\`. |
| REST    | \`application/problem+json\` (RFC 9457) with \`code\` and \`errors\`: [REST](rest.md).                       |

An unexpected error has an \`errorId\`. The line of the log with that id has the cause.
`
}
