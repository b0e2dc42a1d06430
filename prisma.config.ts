import { defineConfig } from 'prisma/config'

/**
 * How the Prisma CLI finds Tidemark's own schema, its migrations and its database. Generating the client needs no
 * database, so that a machine without a `DATABASE_URL` gets a placeholder that no command can mistake for a real one.
 */
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: {
    url: withSchema(process.env['DATABASE_URL'] || 'postgresql://placeholder@127.0.0.1:1/placeholder', 'tidemark'),
  },
})

/** Prisma takes the Postgres schema that it manages from the URL. */
function withSchema(databaseUrl: string, schema: string): string {
  const url = new URL(databaseUrl)
  if (!url.searchParams.has('schema')) url.searchParams.set('schema', schema)
  return url.toString()
}
