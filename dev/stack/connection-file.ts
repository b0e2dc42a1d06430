import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What a script needs to use the local stack: the content of `.tidemark/connection.json`. */
export interface ConnectionInfo {
  readonly graphqlUrl: string
  readonly restUrl: string
  /** Null where Temporal is one of your own. */
  readonly temporalUiUrl: string | null
  readonly temporalAddress: string
  /** For the owners of the tables, who see and may change everything: Tidemark itself works under lesser logins. */
  readonly databaseUrl: string
  readonly sourceDatabaseUrl: string
  readonly oauth: {
    readonly issuer: string
    /** Null where the issuer is one of your own. */
    readonly tokenUrl: string | null
  }
  /** A client whose tokens may name any tenant, in the header Tidemark-Tenant. Null where the issuer is your own. */
  readonly operator: { readonly clientId: string; readonly clientSecret: string } | null
  /** Empty where both the issuer and the SFTP server are your own. */
  readonly tenants: readonly TenantConnection[]
}

export interface TenantConnection {
  readonly tenantId: string
  readonly clientId: string
  readonly clientSecret: string
  readonly sftp: {
    readonly host: string
    readonly port: number
    readonly username: string
    readonly password: string
    readonly hostKeyFingerprint: string
  } | null
}

/** Writes it for the owner's eyes only; a reader sees the old or the new one, never half of it. */
export async function writeConnectionFile(folder: string, connection: ConnectionInfo): Promise<string> {
  const file = join(folder, 'connection.json')
  await writeFile(`${file}.new`, `${JSON.stringify(connection, null, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
  return file
}
