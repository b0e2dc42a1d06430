import type { ConfigProblem } from './config-error.js'
import type { Environment } from './env.js'

/** Without an audience or a prefix, Tidemark would accept a token for another service of the same issuer. */
export function problemOfAudience(environment: Environment): ConfigProblem[] {
  if (environment['OAUTH_AUDIENCE_CLAIM'] !== 'none' || environment['OAUTH_SCOPE_PREFIX']) return []
  const message = 'may be none only if OAUTH_SCOPE_PREFIX is set: one of them must identify the tokens for Tidemark'
  return [{ name: 'OAUTH_AUDIENCE_CLAIM', message }]
}
