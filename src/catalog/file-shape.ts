import { z } from 'zod'
import { namesOf } from '../domain/described.js'
import { changeTrackings, columnTypes, entityKinds, irregularRules } from '../domain/entity.js'

/**
 * The shape of a catalog file that an operator writes: the rules for each single value. cross-checks.ts has the rules between
 * values.
 */

// Postgres cuts names off after 63 bytes. The patterns admit ASCII only, so that a character is a byte.
const identifier = '[A-Za-z_][A-Za-z0-9_]{0,62}'
const columnName = z
  .string('must be the name of a column')
  .regex(
    new RegExp(`^${identifier}$`),
    'must be a name of letters, digits and _, at most 63, not starting with a digit',
  )
const text = z.string('must be a text').trim().min(1, 'must not be empty')
const oneOf = (values: readonly string[]) => `must be one of ${values.join(', ')}`

/** An object without unknown fields. The error of any other value contains `what`. */
function strictObject<T extends z.core.$ZodLooseShape>(what: string, shape: T) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? `has unknown fields: ${issue.keys.join(', ')}` : `must be ${what}`,
  })
}

const tags = z
  .array(
    z
      .string('must be a word')
      .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'must be a word of a-z and 0-9 in lower case, with single hyphens inside')
      .max(40, 'must have at most 40 characters'),
    'must be a list of words',
  )
  .max(20, 'must have at most 20 tags')
  .refine((words) => new Set(words).size === words.length, 'must not repeat a tag')
  .optional()

const column = strictObject('a column', {
  name: columnName,
  type: z.enum(namesOf(columnTypes), oneOf(namesOf(columnTypes))),
  description: text,
  nullable: z.boolean('must be true or false').default(false),
  // Signs that separate columns and their types where a file's form is recorded.
  sourceType: z
    .string('must be the name of a type of Postgres')
    .regex(/^[^,:]+$/, 'must be the name of a type of Postgres without (…), such as "interval" or "text[]"')
    .optional(),
  irregular: z.enum(irregularRules, oneOf(irregularRules)).optional(),
  // The same as the tag of that name.
  pii: z.boolean('must be true or false').default(false),
  tags,
}).refine(({ irregular, nullable }) => irregular !== 'null' || nullable, {
  path: ['irregular'],
  error: 'can be null only where the column is nullable',
})

const tableName = z
  .string('must be the qualified name of a table')
  .regex(new RegExp(`^${identifier}\\.${identifier}$`), 'must be schema.table, unquoted, each a name of at most 63')

const entity = strictObject('an entity', {
  name: z
    .string('must be the internal name')
    .regex(/^[a-z][a-z0-9_]{0,62}$/, 'must be a name of a-z, 0-9 and _, at most 63, starting with a letter'),
  displayName: z
    .string('must be the display name')
    .max(100, 'must have at most 100 characters')
    .regex(/^[a-z][a-z0-9]*( [a-z0-9]+)*$/, 'must be words of a-z and 0-9, single-spaced, starting with a letter'),
  description: text,
  kind: z.enum(namesOf(entityKinds), oneOf(namesOf(entityKinds))),
  table: tableName,
  tombstones: z.union([z.boolean(), tableName], 'must be true, false, or the qualified name of a table').default(false),
  tenantColumn: columnName,
  updatedAtColumn: columnName.default('updated_at'),
  changeXidColumn: columnName.default('change_xid'),
  insertXidColumn: columnName.optional(),
  insertedAtColumn: columnName.optional(),
  changeTracking: z.enum(changeTrackings, oneOf(changeTrackings)).default('trigger'),
  key: z.array(columnName, 'must be a list of column names').min(1, 'must name at least one column'),
  tags,
  columns: z.array(column, 'must be a list of columns').min(1, 'must have at least one column'),
})

export const fileShape = strictObject('a catalog', {
  $schema: z.string('must be the address of a JSON Schema, for editors').optional(),
  entities: z.array(entity, 'must be a list of entities').min(1, 'must have at least one entity'),
})

export type FileEntity = z.infer<typeof entity>
