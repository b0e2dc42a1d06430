import ssh2, { type AuthContext, type AuthenticationType, type PublicKeyAuthContext } from 'ssh2'
import { isSameSecret } from '../same-secret.js'

/** What an account may see and do: the writer everything, a tenant its own exports, read-only. */
export type SftpAccess = { readonly kind: 'writer' } | { readonly kind: 'tenant'; readonly tenantId: string }

export interface SftpAccount {
  readonly username: string
  /** Without one, only the keys log in. */
  readonly password?: string
  /** Lines as in `authorized_keys`. */
  readonly publicKeys?: readonly string[]
  readonly access: SftpAccess
}

/** The ways to log in that a refused client is told. */
export const loginMethods: AuthenticationType[] = ['publickey', 'password']

/** The account that a login attempt belongs to, or undefined where its password, key or signature is not right. */
export function findAccount(login: AuthContext, accounts: readonly SftpAccount[]): SftpAccount | undefined {
  const account = accounts.find(({ username }) => username === login.username)
  if (login.method === 'password') {
    // An unknown name costs the same comparison, so that time does not tell which names exist.
    const matches = isSameSecret(login.password, account?.password ?? '')
    return matches && account?.password ? account : undefined
  }
  if (login.method === 'publickey' && account?.publicKeys?.some((line) => provesKey(login, line))) return account
  return undefined
}

/** Whether the offered key is the one of the line and, where the client has signed already, the signature is right. */
function provesKey(login: PublicKeyAuthContext, line: string): boolean {
  const key = ssh2.utils.parseKey(line)
  if (key instanceof Error || !key.getPublicSSH().equals(login.key.data)) return false
  // Without a signature the client only asks whether trying this key makes sense; ssh2 then lets nobody in.
  if (!login.signature) return true
  if (login.blob === undefined) return false
  // What can't be verified at all comes back as an error, which must not pass for true; the types don't say so.
  const verdict: unknown = key.verify(login.blob, login.signature, login.hashAlgo)
  return verdict === true
}
