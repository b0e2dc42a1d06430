import { readFileSync } from 'node:fs'
import { code, inCell, madeFrom, table } from './markdown.js'

interface Column {
  readonly name: string
  readonly type: string
  readonly key: '' | 'PK' | 'UK'
  readonly meaning: string
}

interface Model {
  readonly name: string
  readonly table: string
  readonly meaning: string
  readonly columns: readonly Column[]
  /** Relations whose foreign key is here. */
  readonly parents: readonly { readonly model: string; readonly isOne: boolean }[]
}

export function databasePage(): string {
  const models = modelsOf(readFileSync('prisma/schema.prisma', 'utf8'))
  return `# Database

${madeFrom('[prisma/schema.prisma](../../prisma/schema.prisma)')}

The tables of Tidemark are in the schema \`tidemark\` of its own Postgres. A table of tenants has the tenant's id, and row-level security shows a
transaction the rows of one tenant ([security](../explanation/security.md)). A table of operations, such as \`incident\`, shows rows only to a
transaction that names no tenant. The [migrations](../../prisma/migrations) also have
what Prisma cannot express: policies, checks, partial indexes, functions and triggers.

\`\`\`mermaid
erDiagram
${diagram(models)}
\`\`\`

A solid line is a foreign key. A dotted line is an id without a foreign key, because the row can outlive the row that it names: the ledger and the
audit log stay when a registration is removed.

${models.map(modelText).join('\n\n')}
`
}

function diagram(models: readonly Model[]): string {
  const tableOf = new Map(models.map((model) => [model.name, model.table]))
  const boxes = models.flatMap((model) => [
    `  ${model.table} {`,
    ...model.columns.filter(({ key }) => key !== '').map(({ name, type, key }) => `    ${type} ${name} ${key}`),
    '  }',
  ])
  const lines = models.flatMap((model) =>
    model.parents.map(
      ({ model: parent, isOne }) => `  ${tableOf.get(parent)} ${isOne ? '||--o|' : '||--o{'} ${model.table} : has`,
    ),
  )
  return [...boxes, ...lines, ...models.flatMap((model) => namedLines(model, new Set(tableOf.values()), lines))].join(
    '\n',
  )
}

/** Lines for ids of rows of other tables that are no foreign keys. */
function namedLines(
  { table: name, columns }: Model,
  tables: ReadonlySet<string>,
  foreignKeys: readonly string[],
): string[] {
  const named = columns.flatMap((column) => (column.name.endsWith('_id') ? [column.name.slice(0, -'_id'.length)] : []))
  return named
    .map((owner) => (owner === 'tenant' ? 'registration' : owner))
    .filter((owner) => tables.has(owner) && owner !== name)
    .filter((owner) => !foreignKeys.some((line) => line.includes(` ${owner} `) && line.includes(` ${name} :`)))
    .map((owner) => `  ${owner} ||..o{ ${name} : names`)
}

function modelText({ table: name, meaning, columns }: Model): string {
  const rows = columns.map((column) => [code(column.name), column.type, column.key, inCell(column.meaning)])
  return `## ${name}\n\n${inCell(meaning)}\n\n${table(['column', 'type', 'key', 'meaning'], rows)}`
}

function modelsOf(schema: string): Model[] {
  const blocks = Array.from(schema.matchAll(/((?:^\/\/\/ .*\n)*)^model (\w+) \{\n([\s\S]*?)^\}/gm))
  const names = new Set(blocks.map(([, , name = '']) => name))
  return blocks.map(([, comment = '', name = '', body = '']) => modelOf(name, comment, body, names))
}

function modelOf(name: string, comment: string, body: string, models: ReadonlySet<string>): Model {
  const keys = new Set((/@@id\(\[([^\]]+)\]/.exec(body)?.[1] ?? '').split(', '))
  const columns: Column[] = []
  const parents: { model: string; isOne: boolean }[] = []
  let remarks: string[] = []
  for (const line of body.split('\n').map((text) => text.trim())) {
    const [, field, base = '', suffix = '', rest = ''] = /^(\w+)\s+(\w+)(\[\]|\?)?(.*)$/.exec(line) ?? []
    if (line.startsWith('///')) remarks.push(line.slice(3).trim())
    else if (field !== undefined) {
      const [, foreignKey] = /@relation\(fields: \[(\w+)/.exec(rest) ?? []
      if (foreignKey !== undefined) parents.push({ model: base, isOne: isUnique(body, foreignKey) })
      else if (!models.has(base)) {
        columns.push({
          name: /@map\("(\w+)"\)/.exec(rest)?.[1] ?? field,
          type: typeName(base, rest) + (suffix === '[]' ? '[]' : ''),
          key: / @id\b/.test(rest) || keys.has(field) ? 'PK' : / @unique\b/.test(rest) ? 'UK' : '',
          meaning: [...remarks, ...(suffix === '?' ? ['May be NULL.'] : [])].join(' '),
        })
      }
      remarks = []
    }
  }
  const tableName = /@@map\("(\w+)"\)/.exec(body)?.[1] ?? name
  return { name, table: tableName, meaning: comment.replaceAll(/^\/\/\/ /gm, ''), columns, parents }
}

const isUnique = (body: string, field: string): boolean => new RegExp(`^ *${field} .*@unique`, 'm').test(body)

/** The type as Postgres names it; that of an enum by its own name. */
function typeName(base: string, rest: string): string {
  const [, native] = /@db\.(\w+)/.exec(rest) ?? []
  const names: Record<string, string> = { String: 'text', Int: 'integer', BigInt: 'bigint', Json: 'jsonb' }
  return native?.toLowerCase() ?? names[base] ?? base.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase()
}
