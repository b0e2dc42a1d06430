import type { Environment } from './env.js'
import type { ConfigProblem } from './config-error.js'
import { isPlaceholder } from './placeholder.js'
import { hasPassword, problemOfPostgresUrl, userOf, withLogin } from './postgres-url.js'

const pairs = [
  ['DATABASE_URL', 'DATABASE_PASSWORD'],
  ['DATABASE_OWNER_URL', 'DATABASE_OWNER_PASSWORD'],
  ['SOURCE_DATABASE_URL', 'SOURCE_DATABASE_PASSWORD'],
  ['SOURCE_OWNER_URL', 'SOURCE_OWNER_PASSWORD'],
] as const

export const passwordVariables: readonly string[] = pairs.map(([, name]) => name)

/**
 * The environment with each separate password put into its URL. A separate password has no escapes, so that a secret store or
 * docker compose does not have to encode it.
 */
export function putPasswordsIntoUrls(environment: Environment): {
  environment: Environment
  problems: ConfigProblem[]
} {
  const complete: Record<string, string | undefined> = { ...environment }
  const problems: ConfigProblem[] = []
  for (const [urlName, name] of pairs) {
    const [url, password] = [environment[urlName], environment[name]]
    // A later check reports a URL that can't be parsed.
    if (password === undefined || (url !== undefined && problemOfPostgresUrl(url) !== undefined)) continue
    const message = url === undefined ? `is set without ${urlName}` : problemOf(url, urlName, password)
    if (message !== undefined) problems.push({ name, message })
    else complete[urlName] = withLogin(url ?? '', userOf(url ?? '') ?? '', password)
  }
  return { environment: complete, problems }
}

function problemOf(url: string, urlName: string, password: string): string | undefined {
  if (userOf(url) === undefined) return `needs a user in ${urlName}: postgresql://user@host/database`
  if (hasPassword(url)) return `is set twice: remove the password from ${urlName}, or remove this variable`
  if (isPlaceholder(password)) return 'is a placeholder: set your own password'
  return undefined
}
