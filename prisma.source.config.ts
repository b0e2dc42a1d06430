import { defineConfig } from 'prisma/config'

/**
 * How the Prisma CLI finds the sample source: `prisma migrate status --config prisma.source.config.ts`.
 * The source may be another database than Tidemark's own; in the same one it has its own schema and its own history.
 */
export default defineConfig({
  schema: 'prisma/source/schema.prisma',
  migrations: { path: 'prisma/source/migrations' },
  datasource: {
    url: withSchema(
      process.env['SOURCE_DATABASE_URL'] ||
        process.env['DATABASE_URL'] ||
        'postgresql://placeholder@127.0.0.1:1/placeholder',
      'analytics',
    ),
  },
})

/** Prisma takes the Postgres schema that it manages from the URL. */
function withSchema(databaseUrl: string, schema: string): string {
  const url = new URL(databaseUrl)
  url.searchParams.set('schema', schema)
  return url.toString()
}
