import type { Config } from '../../src/config/config.js'
import type { Components } from './components/start-all.js'
import type { ConnectionInfo, TenantConnection } from './connection-file.js'
import type { Accounts, TenantAccount } from './tenant-accounts.js'

/** @param url of the API */
export function connectionInfo(
  url: string,
  config: Config,
  { issuer, postgres }: Components,
  accounts: Accounts,
): ConnectionInfo {
  const hasEmbeddedSftp = config.sftp.username === accounts.writer.username
  const hasEmbeddedIssuer = issuer.tokenUrl !== undefined
  return {
    graphqlUrl: `${url}/graphql`,
    restUrl: `${url}/export`,
    consoleUrl: config.console ? `${url}/console/` : null,
    temporalUiUrl: config.temporal.uiUrl ?? null,
    temporalAddress: config.temporal.address,
    databaseUrl: postgres.ownerUrls.database,
    sourceDatabaseUrl: postgres.ownerUrls.source ?? config.source.url,
    oauth: { issuer: config.oauth.issuer, tokenUrl: issuer.tokenUrl ?? null },
    operator: hasEmbeddedIssuer ? { ...accounts.operator, console: accounts.console.operator } : null,
    tenants: accounts.tenants.map((account) => ({
      tenantId: account.tenantId,
      clientId: account.clientId,
      clientSecret: account.clientSecret,
      console: (hasEmbeddedIssuer && accounts.console.tenants[account.tenantId]) || null,
      sftp: hasEmbeddedSftp ? sftpConnection(config, account) : null,
    })),
  }
}

function sftpConnection({ sftp }: Config, { sftpUsername, sftpPassword }: TenantAccount): TenantConnection['sftp'] {
  return {
    host: sftp.host,
    port: sftp.port,
    username: sftpUsername,
    password: sftpPassword,
    hostKeyFingerprint: sftp.hostKeyFingerprints[0] ?? '',
  }
}
