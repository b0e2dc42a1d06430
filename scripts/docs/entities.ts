import type { Catalog, Entity } from '../../src/domain/entity.js'
import { enumName } from '../../src/domain/entity.js'
import { anchor, code, inCell, madeFrom, table } from './markdown.js'

export function entitiesPage({ entities }: Catalog): string {
  const rows = entities.map(({ name, displayName, kind, description }) => [
    `[${displayName}](${anchor(displayName)})`,
    code(name),
    code(enumName(displayName)),
    kind,
    inCell(description),
  ])
  return `# Entities

${madeFrom('[the built-in catalog](../../src/catalog/default-catalog.json)')}

The data dictionary of the built-in catalog. An operator can replace the catalog: [your own source](../tutorial/03-your-own-source.md).
The query \`exportEntities\` returns the catalog that is in use. A path and a manifest have the internal name. A row of a
\`snapshot\` entity is the present state of a thing; a row of an \`event\` entity is something that happened. The tag \`pii\` marks columns with
personal data, and \`free-text\` texts that people write. A registration can leave out the columns with a tag: [select columns](../how-to/select-columns.md).
The key, \`is_deleted\` and \`updated_at\` are always delivered.

${table(['display name', 'internal name', 'value in GraphQL', 'kind', 'a row is'], rows)}

${entities.map(entityText).join('\n\n')}
`
}

function entityText({ displayName, table: source, key, columns }: Entity): string {
  const rows = columns.map(({ name, type, nullable, tags = [], description }) => [
    code(name),
    type,
    nullable ? 'yes' : '',
    tags.map(code).join(', '),
    inCell(description),
  ])
  return `## ${displayName}

Source: ${code(`${source.schema}.${source.name}`)}. Key: ${key.map(code).join(', ')}.

${table(['column', '[type](column-types.md)', 'may be NULL', 'tags', 'meaning'], rows)}`
}
