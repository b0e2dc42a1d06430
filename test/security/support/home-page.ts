import type { HomePage } from '../../../src/compose/api.js'
import type { ConnectionInfo, TenantConnection } from '../../../dev/stack/connection-file.js'
import { homePage } from '../../../dev/home-page/home-page.js'

const tenant: TenantConnection = {
  tenantId: 'acme',
  clientId: 'acme-client',
  clientSecret: 'c-secret',
  console: { username: 'ada@acme.example', password: 'u-secret' },
  sftp: { host: '127.0.0.1', port: 2222, username: 'acme', password: 's-secret', hostKeyFingerprint: 'SHA256:x' },
}

const connection: ConnectionInfo = {
  graphqlUrl: 'http://127.0.0.1:4000/graphql',
  restUrl: 'http://127.0.0.1:4000/export',
  consoleUrl: 'http://127.0.0.1:4000/console/',
  temporalUiUrl: 'http://127.0.0.1:8233',
  temporalAddress: '127.0.0.1:7233',
  databaseUrl: 'postgresql://127.0.0.1/tidemark',
  sourceDatabaseUrl: 'postgresql://127.0.0.1/platform',
  oauth: { issuer: 'http://127.0.0.1:4001', tokenUrl: 'http://127.0.0.1:4001/token' },
  operator: null,
  tenants: [tenant],
}

/** The page of a stack that exists only on paper. */
export function examplePage(): HomePage {
  return homePage(connection, tenant)
}
