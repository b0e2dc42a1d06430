import type { Actor } from '../domain/actor.js'
import type { SftpKey } from '../domain/sftp-key.js'
import type { Outcome } from './registrations.js'

/** Where the files are fetched, and as whom. */
export interface SftpEndpoint {
  readonly host: string
  readonly port: number
  /** `SHA256:…` of the host keys that the server may show. */
  readonly hostKeyFingerprints: readonly string[]
}

/** What a tenant needs to fetch its files: the place, its account, and the keys that open it. */
export interface SftpAccess extends SftpEndpoint {
  readonly username: string
  readonly keys: readonly SftpKey[]
}

/** The use cases around a tenant's own SSH keys. The tenant is always the actor's. */
export interface SftpKeys {
  access(actor: Actor): Promise<SftpAccess>
  /** Adds a key, the line of a `.pub` file, or changes nothing and says why. What was given is told to nobody. */
  add(actor: Actor, input: { readonly publicKey: string; readonly label: string }): Promise<Outcome<SftpKey>>
  /** Removes a key: it logs in no more, and what is open with it ends within seconds. */
  remove(actor: Actor, id: string): Promise<Outcome<SftpKey>>
}
