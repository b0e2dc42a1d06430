import { readFileSync } from 'node:fs'
import { namesOf } from '../../src/domain/described.js'
import { type EventType, eventTypes } from '../../src/domain/event.js'
import { eventDataSchemas, eventSchema, type JsonSchema } from '../../src/domain/events/schemas.js'
import { eventStep } from '../../src/domain/ledger-gap.js'
import { code, inCell, madeFrom, table } from './markdown.js'

/** Recorded by test/workflows/event-examples.integration.test.ts. */
const examples = JSON.parse(readFileSync('docs/examples/events.json', 'utf8')) as Record<EventType, unknown>

export function eventsPage(): string {
  return `# Events

${madeFrom('[src/domain/events/schemas.ts](../../src/domain/events/schemas.ts)')}

[Events](../explanation/events.md) explains their order, and how to read them without losing one. GraphQL has them as
\`exportEvents\` and \`exportEventOccurred\` ([GraphQL](graphql.md)), REST as \`GET /export/events\` ([REST](rest.md)). The same form as
[JSON Schema](events.schema.json) has a definition for each type. A field is never removed, and new ones can be added.

No event has a value of a row, a secret, or a detail of the platform's servers.

## The envelope

${fieldsTable(withoutData(eventSchema('test')), 'What happened: one of the types below.')}

## Types

${table(
  ['type', 'meaning'],
  namesOf(eventTypes).map((type) => [`[${code(type)}](#${anchorOf(type)})`, inCell(eventTypes[type])]),
)}

${namesOf(eventTypes).map(typeText).join('\n\n')}

## After a restore of Tidemark's database

If Tidemark's own database is restored from a backup, the events since the backup are gone. Events that happen before the next run of the tenant get
numbers of lost ones again, with other ids. The next run continues ${eventStep.toLocaleString('en')} higher. So a reader that keeps the number of its last event misses no later one. It
sees a hole, and the full loads in \`export.full_load.delivered\` with the reason \`LEDGER_RESTORED\`. A reader that stores events by number uses the
\`id\` instead.
`
}

function typeText(type: EventType): string {
  return `### ${type}

${inCell(eventTypes[type])}

${fieldsTable(eventDataSchemas[type])}

An example from a real deployment:

\`\`\`json
${JSON.stringify(examples[type], null, 2)}
\`\`\``
}

/** GitHub leaves dots out of anchors. */
function anchorOf(type: string): string {
  return type.replaceAll('.', '')
}

function withoutData(schema: JsonSchema): JsonSchema {
  const { data: _data, ...properties } = schema['properties'] as Record<string, JsonSchema>
  return { ...schema, properties }
}

function fieldsTable(schema: JsonSchema, typeMeaning?: string): string {
  const rows = rowsOf(schema, '').map(([name = '', ...cells]) =>
    typeMeaning !== undefined && name === code('type') ? [name, 'string', inCell(typeMeaning)] : [name, ...cells],
  )
  return table(['field', 'type', 'meaning'], rows)
}

/** A row for each field, with the path of a field in a field. */
function rowsOf({ properties = {} }: JsonSchema, path: string): string[][] {
  return Object.entries(properties as Record<string, JsonSchema>).flatMap(([name, field]) => {
    const at = `${path}${name}`
    const items = field['items'] as JsonSchema | undefined
    const own = [code(at), typeOf(field), inCell(field.description ?? '')]
    const nested = items?.['properties'] ? rowsOf(items, `${at}[].`) : rowsOf(field, `${at}.`)
    return [own, ...nested]
  })
}

function typeOf({ type, format, items, enum: values }: JsonSchema): string {
  const names = typeof type === 'string' ? [type] : [...(type ?? [])]
  const known = (values as readonly (string | number | null)[] | undefined)?.filter((value) => value !== null)
  const words = names.map((name) => {
    if (name === 'array') return `list of ${(items as JsonSchema)['properties'] ? 'objects' : 'strings'}`
    if (name === 'string' && known && known.length <= 6) return known.map((value) => code(String(value))).join(', ')
    return name === 'string' && format !== undefined ? format : name
  })
  return inCell(words.join(' or '))
}
