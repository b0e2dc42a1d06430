import type { AuthContext, AuthenticationType } from 'ssh2'
import { isSameSecret } from '../machine/same-secret.js'
import { provesKey } from './key-proof.js'
import { isFolderName } from './virtual-paths.js'

/** What an account may see and do: the writer everything, a tenant its own exports, read-only. */
export type SftpAccess = { readonly kind: 'writer' } | { readonly kind: 'tenant'; readonly tenantId: string }

export interface SftpAccount {
  readonly username: string
  /** Without one, only the keys log in. */
  readonly password?: string
  /** Lines as in `authorized_keys`, without options. */
  readonly publicKeys?: readonly string[]
  readonly access: SftpAccess
}

/** Who may log in. */
export interface Directory {
  /** Read at each login. */
  readonly accounts: () => readonly SftpAccount[]
  /**
   * The keys that tenants have added themselves, as `type base64`; asked at each login by key. A tenant that has some
   * needs no account: its name is its id.
   */
  readonly tenantKeys: (tenantId: string) => Promise<readonly string[]>
}

/** A login that is right. */
export interface LoggedIn {
  readonly access: SftpAccess
  /** Where it is one of the tenant's own keys that was used: it may be removed while the connection lasts. */
  readonly tenantKey?: { readonly tenantId: string; readonly line: string }
}

/** The ways to log in that a refused client is told. */
export const loginMethods: AuthenticationType[] = ['publickey', 'password']

/** Whom a login attempt lets in, or undefined where its password, key or signature is not right. */
export async function checkLogin(login: AuthContext, directory: Directory): Promise<LoggedIn | undefined> {
  const account = directory.accounts().find(({ username }) => username === login.username)
  if (login.method === 'password') {
    // An unknown name costs the same comparison, so that time does not tell which names exist.
    const matches = isSameSecret(login.password, account?.password ?? '')
    return matches && account?.password ? { access: account.access } : undefined
  }
  if (login.method !== 'publickey') return undefined
  if (account?.publicKeys?.some((line) => provesKey(login, line))) return { access: account.access }
  const tenantId = tenantOf(login.username, account)
  if (tenantId === undefined) return undefined
  const line = (await directory.tenantKeys(tenantId)).find((each) => provesKey(login, each))
  return line === undefined ? undefined : { access: { kind: 'tenant', tenantId }, tenantKey: { tenantId, line } }
}

/** Whose keys a name stands for. The writer's name is no tenant's, whatever a tenant may be called. */
function tenantOf(username: string, account: SftpAccount | undefined): string | undefined {
  if (account) return account.access.kind === 'tenant' ? account.access.tenantId : undefined
  return isFolderName(username) ? username : undefined
}
