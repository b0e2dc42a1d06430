import pg from 'pg'

/** A piece of SQL. Made here from constants of the sample and numbers only. */
export type Sql = string

export const literal = (value: string): Sql => pg.escapeLiteral(value)
export const identifier = (name: string): Sql => pg.escapeIdentifier(name)

/** The source's schema; the same as in prisma/source. */
export const sourceTable = (entity: string): Sql => `analytics.${identifier(entity)}`

export const textArray = (values: readonly string[]): Sql => `ARRAY[${values.map(literal).join(', ')}]::text[]`
export const jsonArray = (values: readonly string[]): Sql => `ARRAY[${values.map(literal).join(', ')}]::jsonb[]`
