import { join } from 'node:path'
import { writePrivateFile } from '../machine/private-files.js'

/** What a script needs to use the local stack: the content of `.tidemark/connection.json`. */
export interface ConnectionInfo {
  readonly graphqlUrl: string
  readonly restUrl: string
  /** Null if the issuer is external. */
  readonly consoleUrl: string | null
  /** Null if Temporal is external. */
  readonly temporalUiUrl: string | null
  readonly temporalAddress: string
  /** The URL of the tables' owner, who can read and change everything. Tidemark itself has logins with fewer rights. */
  readonly databaseUrl: string
  readonly sourceDatabaseUrl: string
  readonly oauth: {
    readonly issuer: string
    /** Null if the issuer is external. */
    readonly tokenUrl: string | null
  }
  /** A client whose tokens can act for any tenant, with the header Tidemark-Tenant. Null if the issuer is external. */
  readonly operator: {
    readonly clientId: string
    readonly clientSecret: string
    readonly console: UserConnection
  } | null
  readonly tenants: readonly TenantConnection[]
}

export interface TenantConnection {
  readonly tenantId: string
  readonly clientId: string
  readonly clientSecret: string
  /** An administrator of the tenant. Null if the issuer is external. */
  readonly console: UserConnection | null
  /** Null if the SFTP server is external. */
  readonly sftp: {
    readonly host: string
    readonly port: number
    readonly username: string
    readonly password: string
    readonly hostKeyFingerprint: string
  } | null
}

/** Who can log in to the console. */
export interface UserConnection {
  readonly username: string
  readonly password: string
}

/** Writes the file and returns its path. */
export async function writeConnectionFile(folder: string, connection: ConnectionInfo): Promise<string> {
  const file = join(folder, 'connection.json')
  await writePrivateFile(file, `${JSON.stringify(connection, null, 2)}\n`)
  return file
}
