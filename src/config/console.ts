import { scopes } from '../domain/actor.js'
import type { ConfigProblem } from './config-error.js'
import type { Environment } from './env.js'
import { parseLoginParameters } from './login-parameters.js'
import type { Variables } from './variables.js'

/** The console, which logs users in at the issuer as an OAuth client of its own. */
export interface ConsoleConfig {
  readonly clientId: string
  /** Undefined for a public client. */
  readonly clientSecret: string | undefined
  /** What a login requests. The issuer grants what the user may have. */
  readonly scopes: readonly string[]
  /** Further parameters of the authorization request. */
  readonly loginParameters: Readonly<Record<string, string>>
  readonly idleMinutes: number
  readonly maxHours: number
  /** An operator's last login may be this old when the operator changes something. */
  readonly stepUpMinutes: number
}

/** `offline_access` asks for a refresh token. Without one, a session ends with its first access token. */
const loginScopes = ['openid', 'profile', 'offline_access']

export function consoleConfig(env: Variables): ConsoleConfig | undefined {
  if (env.CONSOLE_CLIENT_ID === undefined) return undefined
  const usual = [...loginScopes, ...scopes.map((scope) => env.OAUTH_SCOPE_PREFIX + scope)]
  return {
    clientId: env.CONSOLE_CLIENT_ID,
    clientSecret: env.CONSOLE_CLIENT_SECRET,
    scopes: env.CONSOLE_SCOPES?.split(' ').filter((scope) => scope !== '') ?? usual,
    loginParameters: parseLoginParameters(env.CONSOLE_LOGIN_PARAMETERS ?? '') ?? {},
    idleMinutes: env.CONSOLE_IDLE_MINUTES,
    maxHours: env.CONSOLE_MAX_HOURS,
    stepUpMinutes: env.CONSOLE_STEP_UP_MINUTES,
  }
}

/** The issuer sends users back to PUBLIC_URL. A console for this machine only does without. */
export function problemOfConsole(environment: Environment): ConfigProblem[] {
  if (!environment['CONSOLE_CLIENT_ID']) return []
  const { PUBLIC_URL: publicUrl, HOST: host = '127.0.0.1' } = environment
  if (publicUrl !== undefined) {
    const hasPath = URL.canParse(publicUrl) && new URL(publicUrl).pathname !== '/'
    const message = 'must have no path if CONSOLE_CLIENT_ID is set: the console is at /console/ of its host'
    return hasPath ? [{ name: 'PUBLIC_URL', message }] : []
  }
  const isLocal = /^(localhost|127(\.\d{1,3}){3}|::1)$/.test(host)
  const message = 'is required with CONSOLE_CLIENT_ID: the issuer sends users back to this URL'
  return isLocal ? [] : [{ name: 'PUBLIC_URL', message }]
}
