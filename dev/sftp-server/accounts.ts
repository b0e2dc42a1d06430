import type { AuthContext, AuthenticationType } from 'ssh2'
import { isSameSecret } from '../machine/same-secret.js'
import { provesKey } from './key-proof.js'
import { isFolderName } from './virtual-paths.js'

/** What an account can access. The writer can do everything; a tenant can read its own exports. */
export type SftpAccess = { readonly kind: 'writer' } | { readonly kind: 'tenant'; readonly tenantId: string }

export interface SftpAccount {
  readonly username: string
  /** Without a password, only keys log in. */
  readonly password?: string
  /** Lines as in `authorized_keys`, without options. */
  readonly publicKeys?: readonly string[]
  readonly access: SftpAccess
}

/** The accounts and keys that can log in. */
export interface Directory {
  /** Read at each login. */
  readonly accounts: () => readonly SftpAccount[]
  /**
   * The keys that a tenant has added, as `type base64`. Read at each login with a key. A tenant with keys needs no
   * account: its username is its id.
   */
  readonly tenantKeys: (tenantId: string) => Promise<readonly string[]>
}

/** An accepted login. */
export interface LoggedIn {
  readonly access: SftpAccess
  /** The key that a tenant added and used. It can be removed while the connection lasts. */
  readonly tenantKey?: { readonly tenantId: string; readonly line: string }
  /** The key of the login, as `type base64`. Undefined for a password. */
  readonly keyLine?: string
}

/** The login methods that a refused client can try. */
export const loginMethods: AuthenticationType[] = ['publickey', 'password']

/** Checks a login attempt. Undefined if its password, key or signature is wrong. */
export async function checkLogin(login: AuthContext, directory: Directory): Promise<LoggedIn | undefined> {
  const account = directory.accounts().find(({ username }) => username === login.username)
  if (login.method === 'password') {
    // An unknown name costs the same comparison, so that timing does not reveal which names exist.
    const matches = isSameSecret(login.password, account?.password ?? '')
    return matches && account?.password ? { access: account.access } : undefined
  }
  if (login.method !== 'publickey') return undefined
  const ownLine = account?.publicKeys?.find((line) => provesKey(login, line))
  if (account && ownLine !== undefined) return { access: account.access, keyLine: ownLine }
  const tenantId = tenantOf(login.username, account)
  if (tenantId === undefined) return undefined
  const line = (await directory.tenantKeys(tenantId)).find((each) => provesKey(login, each))
  if (line === undefined) return undefined
  return { access: { kind: 'tenant', tenantId }, tenantKey: { tenantId, line }, keyLine: line }
}

/** The tenant whose keys can log in with a username. The writer's name never stands for a tenant. */
function tenantOf(username: string, account: SftpAccount | undefined): string | undefined {
  if (account) return account.access.kind === 'tenant' ? account.access.tenantId : undefined
  return isFolderName(username) ? username : undefined
}
