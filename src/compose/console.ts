import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createLoginIssuer } from '../auth/login-issuer.js'
import type { TokenVerifier } from '../auth/token-verifier.js'
import type { Config } from '../config/config.js'
import type { ConsoleOptions } from '../http/console/console.js'
import { createConsoleSessions } from '../services/console/console-sessions.js'
import { consoleSessionsStep } from '../services/console/remove-sessions.js'
import type { WatchStep } from '../services/watch.js'
import type { Shared } from './shared.js'

/** The console, and its step of the watch loop. Undefined if CONSOLE_CLIENT_ID is not set. */
export function composeConsole(
  config: Config,
  { fetch, stores, events }: Pick<Shared, 'fetch' | 'stores' | 'events'>,
  { verifier, folder = builtPages() }: { readonly verifier: TokenVerifier; readonly folder?: string | undefined },
): { readonly options: ConsoleOptions; readonly step: WatchStep } | undefined {
  if (!config.console) return undefined
  const { idleMinutes, maxHours, stepUpMinutes, ...client } = config.console
  const { issuer: issuerUrl, clockToleranceSeconds } = config.oauth
  const issuer = createLoginIssuer({ issuer: issuerUrl, clockToleranceSeconds, ...client }, fetch)
  const sessions = createConsoleSessions({
    ...{ sessions: stores.consoleSessions, transact: stores.transact, events },
    ...{ issuer, verifier, idleMinutes, maxHours },
  })
  return {
    options: { issuer, sessions, folder, idleMinutes, stepUpMinutes },
    step: consoleSessionsStep(stores.consoleSessions, idleMinutes),
  }
}

/** `dist/console` in the image, `console/dist` beside the source. */
function builtPages(): string {
  const folder = fileURLToPath(new URL('../../console', import.meta.url))
  return existsSync(`${folder}/src`) ? `${folder}/dist` : folder
}
