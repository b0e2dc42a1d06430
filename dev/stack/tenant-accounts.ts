import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { SftpAccount } from '../sftp-server/server.js'
import { sampleTenants } from '../sample-data/tenants.js'
import { readOrCreateSecretFile } from '../machine/private-files.js'
import type { IssuerClient } from '../issuer/token-issuer.js'

/** A tenant's credentials for the token issuer and the SFTP server. */
export interface TenantAccount {
  readonly tenantId: string
  readonly clientId: string
  readonly clientSecret: string
  readonly sftpUsername: string
  readonly sftpPassword: string
}

/** The accounts of the sample's tenants, the writer and the operator. */
export interface Accounts {
  readonly tenants: readonly TenantAccount[]
  readonly writer: { readonly username: string; readonly password: string }
  /** The client of the platform, which can act for any tenant. */
  readonly operator: { readonly clientId: string; readonly clientSecret: string }
}

/** The account that writes the exports. No tenant has this name, since no tenant id begins with an underscore. */
const writerName = '_tidemark-writer'

/** The first start makes the accounts; later starts read them. */
export async function openAccounts(folder: string): Promise<Accounts> {
  const file = (name: string, make: () => unknown) =>
    readOrCreateSecretFile(join(folder, name), () => JSON.stringify(make(), null, 2))
  const { tenants, writer } = JSON.parse(await file('accounts.json', newAccounts)) as Omit<Accounts, 'operator'>
  const operator = JSON.parse(await file('operator.json', newOperator)) as Accounts['operator']
  return { tenants, writer, operator }
}

function newOperator(): Accounts['operator'] {
  return { clientId: 'operator-client', clientSecret: secret() }
}

function newAccounts(): Omit<Accounts, 'operator'> {
  return {
    tenants: sampleTenants.map(({ tenantId }) => ({
      tenantId,
      clientId: `${tenantId}-client`,
      clientSecret: secret(),
      sftpUsername: tenantId,
      sftpPassword: secret(),
    })),
    writer: { username: writerName, password: secret() },
  }
}

function secret(): string {
  return randomBytes(24).toString('base64url')
}

export function issuerClients({ tenants, operator }: Accounts): IssuerClient[] {
  const clients = tenants.map(({ clientId, clientSecret, tenantId }) => ({
    clientId,
    clientSecret,
    tenantId,
    scopes: ['exports:read', 'exports:write'],
  }))
  return [...clients, { ...operator, tenantId: null, scopes: ['exports:read', 'exports:write', 'exports:operate'] }]
}

export function sftpAccounts({ tenants, writer }: Omit<Accounts, 'operator'>): SftpAccount[] {
  return [
    { ...writer, access: { kind: 'writer' } },
    ...tenants.map(({ sftpUsername, sftpPassword, tenantId }) => ({
      username: sftpUsername,
      password: sftpPassword,
      access: { kind: 'tenant' as const, tenantId },
    })),
  ]
}
