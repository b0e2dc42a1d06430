import { join } from 'node:path'
import { openAuthorizedKeys } from '../../../src/compose/authorized-keys.js'
import { openFetchRecorder } from '../../../src/compose/fetch-recorder.js'
import { reportMoved } from '../../machine/ports.js'
import { startSftpServer } from '../../sftp-server/server.js'
import { sftpAccounts } from '../tenant-accounts.js'
import { type Component, type ComponentContext, externalComponent } from './component.js'
import { FetchReports } from './fetch-reports.js'

/** @param postgres has the keys that tenants added. The server reads them at each login, as soon as Postgres runs. */
export async function startSftpComponent(
  { environment, folder, accounts, report }: ComponentContext,
  postgres: Promise<Component>,
): Promise<Component> {
  if (environment['SFTP_HOST']) return externalComponent
  const databaseUrl = postgres.then(
    (component) => environment['DATABASE_URL'] ?? component.environment['DATABASE_URL'] ?? '',
  )
  const opening = databaseUrl.then(openAuthorizedKeys)
  const recorder = databaseUrl.then(openFetchRecorder)
  // If Postgres fails, the start of the whole stack fails with its error.
  for (const each of [opening, recorder]) each.catch(() => undefined)
  const fetches = new FetchReports(recorder)
  const server = await folder.listen('sftp', { preferred: 2222, onMoved: reportMoved('SFTP', report) }, (port) =>
    startSftpServer({
      rootFolder: join(folder.path, 'sftp'),
      hostKeyFile: join(folder.path, 'sftp-host-key'),
      accounts: () => sftpAccounts(accounts),
      tenantKeys: async (tenantId) => {
        const keys = await (await opening).keys(tenantId)
        return keys.map(({ type, blob }) => `${type} ${blob}`)
      },
      fetches,
      port,
    }),
  )
  return {
    environment: {
      SFTP_HOST: server.host,
      SFTP_PORT: String(server.port),
      SFTP_USERNAME: accounts.writer.username,
      SFTP_PASSWORD: accounts.writer.password,
      SFTP_HOST_KEY_FINGERPRINT: server.hostKeyFingerprint,
    },
    stop: async () => {
      await server.stop()
      await fetches.stop()
      for (const each of [opening, recorder]) await (await each.catch(() => undefined))?.[Symbol.asyncDispose]()
    },
  }
}
