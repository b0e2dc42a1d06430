import { createHash, randomBytes } from 'node:crypto'
import type { IssuerUser } from './clients.js'

/** What a user has permitted a client to do. */
export interface Grant {
  readonly clientId: string
  readonly user: IssuerUser
  /** The scopes that the client has requested and the user has. */
  readonly scopes: readonly string[]
  /** When the user gave the password, in seconds since 1970. */
  readonly authTime: number
  readonly nonce: string | undefined
}

interface Code {
  readonly grant: Grant
  readonly redirectUri: string
  readonly challenge: string
  readonly expiresAt: number
  /** The refresh tokens of the grant, which a second use of the code revokes. */
  family: string | undefined
}

interface RefreshToken {
  readonly grant: Grant
  readonly family: string
  isUsed: boolean
}

const codeSeconds = 60

/**
 * The codes and refresh tokens that were given out, in memory. A code is for one use, and so is a refresh token. A second use
 * of either revokes what came from the first one (RFC 9700, sections 2.1 and 4.14).
 */
export class Grants {
  readonly #codes = new Map<string, Code>()
  readonly #refreshTokens = new Map<string, RefreshToken>()

  code(grant: Grant, redirectUri: string, challenge: string): string {
    const code = secret()
    this.#codes.set(code, {
      ...{ grant, redirectUri, challenge, family: undefined },
      expiresAt: Date.now() + codeSeconds * 1000,
    })
    return code
  }

  /** The grant of a code, or undefined if the code is not valid for this client, address and verifier. */
  redeem(given: {
    readonly code: string
    readonly clientId: string
    readonly redirectUri: string
    readonly verifier: string
  }): { readonly grant: Grant; readonly refreshToken: string | undefined } | undefined {
    const code = this.#codes.get(given.code)
    if (!code || code.grant.clientId !== given.clientId) return undefined
    if (code.family !== undefined) {
      this.#revoke(code.family)
      return undefined
    }
    const isValid =
      code.redirectUri === given.redirectUri &&
      code.challenge === createHash('sha256').update(given.verifier).digest('base64url') &&
      code.expiresAt >= Date.now()
    // A wrong guess uses the code up, too.
    code.family = secret()
    if (!isValid) return undefined
    const { grant, family } = code
    return {
      grant,
      refreshToken: grant.scopes.includes('offline_access') ? this.#refreshToken(grant, family) : undefined,
    }
  }

  /** The grant of a refresh token, and the token that replaces it. */
  refresh(token: string, clientId: string): { readonly grant: Grant; readonly refreshToken: string } | undefined {
    const known = this.#refreshTokens.get(token)
    if (!known || known.grant.clientId !== clientId) return undefined
    if (known.isUsed) {
      this.#revoke(known.family)
      return undefined
    }
    known.isUsed = true
    return { grant: known.grant, refreshToken: this.#refreshToken(known.grant, known.family) }
  }

  /** Ends what a user has permitted a client. */
  revokeUser(username: string, clientId: string): void {
    for (const { grant, family } of this.#refreshTokens.values()) {
      if (grant.user.username === username && grant.clientId === clientId) this.#revoke(family)
    }
  }

  #refreshToken(grant: Grant, family: string): string {
    const token = secret()
    this.#refreshTokens.set(token, { grant, family, isUsed: false })
    return token
  }

  #revoke(family: string): void {
    for (const [token, { family: other }] of this.#refreshTokens) {
      if (other === family) this.#refreshTokens.delete(token)
    }
  }
}

function secret(): string {
  return randomBytes(32).toString('base64url')
}
