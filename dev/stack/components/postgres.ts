import { join } from 'node:path'
import { migrateDatabase, migrateSampleSource } from '../../../src/compose/migration.js'
import { ConfigError } from '../../../src/config/config.js'
import { ensureReader, type Login, openLogins, urlFor } from '../../postgres/logins.js'
import { startPostgres } from '../../postgres/server.js'
import { fillSample, hasSourceRows } from '../../sample-data/fill.js'
import { type Component, type ComponentContext, externalComponent } from './component.js'

/** Postgres with the URLs that tests and scripts use. Tidemark itself has logins with fewer rights. */
export interface PostgresComponent extends Component {
  /** The URLs of the tables' owners. `source` is undefined if the source is external. */
  readonly ownerUrls: { readonly database: string; readonly source: string | undefined }
}

/** Postgres with Tidemark's database and the sample source. Both have their tables, and the sample has rows. */
export async function startPostgresComponent(context: ComponentContext): Promise<PostgresComponent> {
  const { environment, folder, report } = context
  if (environment['DATABASE_URL']) {
    return useExternalPostgres(context, environment['DATABASE_URL'], environment['DATABASE_OWNER_URL'])
  }
  report('Postgres: starting')
  const postgres = await startPostgres({ folder: join(folder.path, 'postgres'), report })
  try {
    for (const name of ['tidemark', 'platform']) await postgres.ensureDatabase(name)
    const urls = await prepareDatabases(context, postgres.url('tidemark'), postgres.url('platform'))
    return {
      ...urls,
      exited: postgres.exited.then((how) => `Postgres ended: ${how}`),
      stop: () => postgres.stop(),
    }
  } catch (error) {
    await postgres.stop()
    throw error
  }
}

async function prepareDatabases(
  context: ComponentContext,
  ownerUrl: string,
  sampleUrl: string,
): Promise<Pick<PostgresComponent, 'environment' | 'ownerUrls'>> {
  const hasExternalSource = Boolean(context.environment['SOURCE_DATABASE_URL'])
  const { service, reader } = await openLogins(context.folder.path)
  const serviceUrl = urlFor(ownerUrl, service)
  await migrateDatabase(ownerUrl, serviceUrl)
  if (!hasExternalSource) await prepareSample(context, sampleUrl, reader)
  return {
    ownerUrls: { database: ownerUrl, source: hasExternalSource ? undefined : sampleUrl },
    environment: {
      DATABASE_URL: serviceUrl,
      DATABASE_OWNER_URL: ownerUrl,
      SOURCE_DATABASE_URL: urlFor(sampleUrl, reader),
      // Only for the command `source adopt`.
      ...(!hasExternalSource && { SOURCE_OWNER_URL: sampleUrl }),
    },
  }
}

/** Uses an external Postgres. The sample source is made there too, unless the source is another database. */
async function useExternalPostgres(
  context: ComponentContext,
  serviceUrl: string,
  ownerUrl: string | undefined,
): Promise<PostgresComponent> {
  if (!ownerUrl) {
    const message = 'is required with DATABASE_URL. Set it to the URL of the owner, who makes and changes the tables'
    throw new ConfigError([{ name: 'DATABASE_OWNER_URL', message }])
  }
  await migrateDatabase(ownerUrl, serviceUrl)
  const ownerUrls = { database: ownerUrl, source: undefined }
  if (context.environment['SOURCE_DATABASE_URL']) return { ...externalComponent, ownerUrls }
  const { reader } = await openLogins(context.folder.path)
  await prepareSample(context, ownerUrl, reader)
  const environment = { SOURCE_DATABASE_URL: urlFor(ownerUrl, reader), SOURCE_OWNER_URL: ownerUrl }
  return { ...externalComponent, environment, ownerUrls: { ...ownerUrls, source: ownerUrl } }
}

async function prepareSample(
  { sampleRows, report }: ComponentContext,
  sampleUrl: string,
  reader: Login,
): Promise<void> {
  await migrateSampleSource(sampleUrl)
  await ensureReader(sampleUrl, reader)
  if (await hasSourceRows(sampleUrl)) return
  const filled = await fillSample({ url: sampleUrl, seed: 1, rows: sampleRows, baseTime: new Date() })
  const rows = filled.reduce((sum, entity) => sum + entity.rows, 0)
  report(`Sample source: ${rows.toLocaleString('en-US')} rows of 4 tenants in 26 entities`)
}
