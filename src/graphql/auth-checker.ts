import type { AuthCheckerFn } from 'type-graphql'
import { missingToken, requireScope } from '../domain/access.js'
import type { Scope } from '../domain/actor.js'
import type { Audit } from '../services/audit.js'
import type { Logger } from '../telemetry/logger.js'
import type { GraphqlContext } from './context.js'
import { refusal } from './errors.js'

/** Checks the scopes of every field with `@Authorized`. It throws, because `false` would return HTTP 200. */
export function scopeChecker(audit: Audit, logger: Logger): AuthCheckerFn<GraphqlContext, Scope> {
  return async ({ context }, scopes) => {
    try {
      if (!context.actor) throw missingToken()
      for (const scope of scopes) requireScope(context.actor, scope)
      return true
    } catch (error) {
      throw await refusal(error, { audit, logger })
    }
  }
}
