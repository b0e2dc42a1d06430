import pg from 'pg'

/** A piece of SQL, made only from constants of the sample and numbers. */
export type Sql = string

export const literal = (value: string): Sql => pg.escapeLiteral(value)
export const identifier = (name: string): Sql => pg.escapeIdentifier(name)

/** A table of the source. Its schema is the one of prisma/source. */
export const sourceTable = (entity: string): Sql => `analytics.${identifier(entity)}`

export const textArray = (values: readonly string[]): Sql => `ARRAY[${values.map(literal).join(', ')}]::text[]`
export const jsonArray = (values: readonly string[]): Sql => `ARRAY[${values.map(literal).join(', ')}]::jsonb[]`
