import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { SftpAccount } from './sftp-server/index.js'
import { sampleTenants } from './sample-data/tenants.js'
import { readOrCreateSecretFile } from './secret-file.js'
import type { IssuerClient } from './token-issuer.js'

/** What a tenant of the local stack logs in with, over OAuth2 and over SFTP. */
export interface TenantAccount {
  readonly tenantId: string
  readonly clientId: string
  readonly clientSecret: string
  readonly sftpUsername: string
  readonly sftpPassword: string
}

/** The accounts of the sample's tenants and of the writer: made on the first start, kept after. */
export interface Accounts {
  readonly tenants: readonly TenantAccount[]
  readonly writer: { readonly username: string; readonly password: string }
}

export async function openAccounts(folder: string): Promise<Accounts> {
  const content = await readOrCreateSecretFile(join(folder, 'accounts.json'), () =>
    JSON.stringify(newAccounts(), null, 2),
  )
  return JSON.parse(content) as Accounts
}

function newAccounts(): Accounts {
  return {
    tenants: sampleTenants.map(({ tenantId }) => ({
      tenantId,
      clientId: `${tenantId}-client`,
      clientSecret: secret(),
      sftpUsername: tenantId,
      sftpPassword: secret(),
    })),
    writer: { username: 'tidemark-writer', password: secret() },
  }
}

function secret(): string {
  return randomBytes(24).toString('base64url')
}

export function issuerClients({ tenants }: Accounts): IssuerClient[] {
  return tenants.map(({ clientId, clientSecret, tenantId }) => ({
    clientId,
    clientSecret,
    tenantId,
    scopes: ['exports:read', 'exports:write'],
  }))
}

export function sftpAccounts({ tenants, writer }: Accounts): SftpAccount[] {
  return [
    { ...writer, access: { kind: 'writer' } },
    ...tenants.map(({ sftpUsername, sftpPassword, tenantId }) => ({
      username: sftpUsername,
      password: sftpPassword,
      access: { kind: 'tenant' as const, tenantId },
    })),
  ]
}
