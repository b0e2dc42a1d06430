import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { SftpAccount } from '../sftp-server/server.js'
import { sampleTenants } from '../sample-data/tenants.js'
import { readOrCreateSecretFile } from '../machine/private-files.js'
import type { IssuerClient, IssuerUser, LoginClient } from '../issuer/token-issuer.js'

/** A tenant's credentials for the token issuer and the SFTP server. */
export interface TenantAccount {
  readonly tenantId: string
  readonly clientId: string
  readonly clientSecret: string
  readonly sftpUsername: string
  readonly sftpPassword: string
}

/** A person who can log in to the console. */
export interface UserAccount {
  readonly username: string
  readonly password: string
}

/** The accounts of the console: its own client, an administrator of each tenant, and an operator. */
export interface ConsoleAccounts {
  readonly client: { readonly clientId: string; readonly clientSecret: string }
  readonly tenants: Readonly<Record<string, UserAccount>>
  readonly operator: UserAccount
}

/** The accounts of the sample's tenants, the writer, the operator and the console. */
export interface Accounts {
  readonly tenants: readonly TenantAccount[]
  readonly writer: { readonly username: string; readonly password: string }
  /** The client of the platform, which can act for any tenant. */
  readonly operator: { readonly clientId: string; readonly clientSecret: string }
  readonly console: ConsoleAccounts
}

/** The account that writes the exports. No tenant has this name, since no tenant id begins with an underscore. */
const writerName = '_tidemark-writer'

/** The first start makes the accounts; later starts read them. */
export async function openAccounts(folder: string): Promise<Accounts> {
  const file = (name: string, make: () => unknown) =>
    readOrCreateSecretFile(join(folder, name), () => JSON.stringify(make(), null, 2))
  const { tenants, writer } = JSON.parse(await file('accounts.json', newAccounts)) as Pick<
    Accounts,
    'tenants' | 'writer'
  >
  const operator = JSON.parse(await file('operator.json', newOperator)) as Accounts['operator']
  const console = JSON.parse(await file('console.json', newConsole)) as ConsoleAccounts
  return { tenants, writer, operator, console }
}

function newOperator(): Accounts['operator'] {
  return { clientId: 'operator-client', clientSecret: secret() }
}

/** The first names of the tenants' administrators. */
const administrators: Readonly<Record<string, string>> = {
  acme: 'Ada',
  globex: 'Grace',
  hooli: 'Hedy',
  initech: 'Ines',
}

function newConsole(): ConsoleAccounts {
  const user = (username: string): UserAccount => ({ username, password: password() })
  const tenants = sampleTenants.map(({ tenantId }) => [
    tenantId,
    user(`${(administrators[tenantId] ?? 'admin').toLowerCase()}@${tenantId}.example`),
  ])
  return {
    client: { clientId: 'tidemark-console', clientSecret: secret() },
    tenants: Object.fromEntries(tenants) as Record<string, UserAccount>,
    operator: user('operator@tidemark.example'),
  }
}

/** Short enough to type, and long enough for a machine of one's own. */
function password(): string {
  return randomBytes(9).toString('base64url')
}

function newAccounts(): Pick<Accounts, 'tenants' | 'writer'> {
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

const tenantScopes = ['exports:read', 'exports:write']
const operatorScopes = [...tenantScopes, 'exports:operate']

export function issuerClients({ tenants, operator }: Accounts): IssuerClient[] {
  const clients = tenants.map(({ clientId, clientSecret, tenantId }) => ({
    clientId,
    clientSecret,
    tenantId,
    scopes: tenantScopes,
  }))
  return [...clients, { ...operator, tenantId: null, scopes: operatorScopes }]
}

export function consoleClient({ console }: Accounts): LoginClient {
  return {
    ...console.client,
    name: 'the Tidemark console',
    redirectPath: '/console/callback',
    logoutPath: '/console/logged-out',
  }
}

export function issuerUsers({ console }: Accounts): IssuerUser[] {
  const users = Object.entries(console.tenants).map(([tenantId, account]) => ({
    ...account,
    name: administrators[tenantId] ?? account.username,
    tenantId,
    scopes: tenantScopes,
  }))
  return [...users, { ...console.operator, name: 'Operator', tenantId: null, scopes: operatorScopes }]
}

export function sftpAccounts({ tenants, writer }: Pick<Accounts, 'tenants' | 'writer'>): SftpAccount[] {
  return [
    { ...writer, access: { kind: 'writer' } },
    ...tenants.map(({ sftpUsername, sftpPassword, tenantId }) => ({
      username: sftpUsername,
      password: sftpPassword,
      access: { kind: 'tenant' as const, tenantId },
    })),
  ]
}
