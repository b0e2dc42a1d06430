import { readFileSync } from 'node:fs'
import { madeFrom } from './markdown.js'

export function glossaryPage(): string {
  const text = readFileSync('ARCHITECTURE.md', 'utf8')
  const words = text.slice(text.indexOf('## Glossary'), text.indexOf('\n## ', text.indexOf('## Glossary') + 1))
  const [, table = ''] = /(\| word[\s\S]*\|)\n/.exec(words) ?? []
  return `# Glossary

${madeFrom('[ARCHITECTURE.md](../../ARCHITECTURE.md#glossary)')}

The words of Tidemark. The code, the API and the documentation use each of them for one thing.

${table}

Words of other programs keep their meaning: Temporal's [workflow, activity, schedule, task queue and worker](https://docs.temporal.io/glossary),
Postgres' [snapshot and transaction id](https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT),
OAuth's [access token, issuer and scope](https://www.rfc-editor.org/rfc/rfc6749).
`
}
