import type { IssuerKeys } from '../auth/issuer-keys.js'
import { type Check, fine } from './examine.js'

/** Whether the keys of the token issuer can be fetched. Without them no caller can log in. */
export function issuerCheck(keys: IssuerKeys, issuer: string): Check {
  return {
    name: 'issuer',
    remedy: 'Check OAUTH_ISSUER and OAUTH_JWKS_URL, and whether this machine reaches the issuer.',
    run: async () => {
      await keys.edition()
      return fine(`${issuer} serves its keys.`)
    },
  }
}
