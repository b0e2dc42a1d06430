import { z } from 'zod'
import { fileShape, type FileEntity } from './file-shape.js'

/** What an editor shows for each field of an entity. */
const entityTexts: Record<keyof z.input<typeof fileShape>['entities'][number], string> = {
  name: 'The internal name, in paths, file names and the manifest.',
  displayName: 'The name that tenants use in entityList.',
  description: 'What a row of the entity is. It becomes documentation for tenants.',
  kind: '`snapshot`: a row is the present state of a record. `event`: a row is something that happened.',
  table: 'The table or view: schema.table, without quotes.',
  tombstones: 'The table with the keys of deleted rows: schema.table, or true for <table>_deleted.',
  tenantColumn: 'The column with the id of the tenant.',
  updatedAtColumn: 'The column with the time of the last change.',
  changeXidColumn: 'The column with the transaction of the last change.',
  insertXidColumn:
    'The column with the transaction of the insert, for `change_type` in files. It needs insertedAtColumn.',
  insertedAtColumn: 'The column with the time of the insert, for `change_type` in files. It needs insertXidColumn.',
  changeTracking: 'What sets these two columns: a trigger of the table, or every program that writes to it.',
  key: 'The columns that identify a row within its tenant.',
  tags: 'Free words for readers of the data dictionary.',
  columns: 'The columns of the file, in the order of the file.',
}

type FileColumn = FileEntity['columns'][number]

const columnTexts: Record<keyof FileColumn, string> = {
  name: 'The name of the column in the table and in the file.',
  type: 'How values are written: docs/reference/column-types.md.',
  description: 'What the column says. It becomes documentation for tenants.',
  nullable: 'Whether the column may be NULL.',
  sourceType: 'For a `string` that is not text in the source: its type there, such as "interval" or "text[]".',
  irregular: 'What becomes of values that the type of the file lacks: `keep`, `refuse` or `null`.',
  pii: 'Whether the column has personal data. It is the same as the tag `pii`.',
  tags: 'Free words. A registration can leave out the columns with a tag.',
}

interface Node {
  readonly properties?: Record<string, Node>
  readonly items?: Node
  description?: string
}

/** The shape of a catalog file as a JSON Schema, for editors. It is made from the shape that the check of a file uses. */
export function catalogJsonSchema(): object {
  const schema = z.toJSONSchema(fileShape, { io: 'input' }) as Node & object
  const entity = schema.properties?.['entities']?.items
  describe(entity, entityTexts)
  describe(entity?.properties?.['columns']?.items, columnTexts)
  return { title: 'Tidemark catalog', ...schema }
}

function describe(node: Node | undefined, texts: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(texts)) {
    const property = node?.properties?.[name]
    if (!property) throw new Error(`the shape of a catalog has no field ${name}`)
    property.description = text
  }
}
