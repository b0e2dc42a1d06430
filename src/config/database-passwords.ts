import type { Environment } from './env.js'
import type { ConfigProblem } from './config-error.js'
import { isPlaceholder } from './placeholder.js'
import { hasPassword, problemOfPostgresUrl, userOf, withLogin } from './postgres-url.js'

const pairs = [
  ['DATABASE_URL', 'DATABASE_PASSWORD'],
  ['DATABASE_OWNER_URL', 'DATABASE_OWNER_PASSWORD'],
  ['SOURCE_DATABASE_URL', 'SOURCE_DATABASE_PASSWORD'],
] as const

export const passwordVariables: readonly string[] = pairs.map(([, name]) => name)

/**
 * The environment with each password, given apart from its URL, put into the URL. Such a password is taken literally: a
 * secret store or docker compose need not know how to write it in a URL.
 */
export function putPasswordsIntoUrls(environment: Environment): {
  environment: Environment
  problems: ConfigProblem[]
} {
  const complete: Record<string, string | undefined> = { ...environment }
  const problems: ConfigProblem[] = []
  for (const [urlName, name] of pairs) {
    const [url, password] = [environment[urlName], environment[name]]
    // A URL that can't be read is a problem of its own, found later.
    if (password === undefined || (url !== undefined && problemOfPostgresUrl(url) !== undefined)) continue
    const message = url === undefined ? `is given without ${urlName}` : problemOf(url, urlName, password)
    if (message !== undefined) problems.push({ name, message })
    else complete[urlName] = withLogin(url ?? '', userOf(url ?? '') ?? '', password)
  }
  return { environment: complete, problems }
}

function problemOf(url: string, urlName: string, password: string): string | undefined {
  if (userOf(url) === undefined) return `needs a user in ${urlName}: postgresql://user@host/database`
  if (hasPassword(url)) return `is given twice: leave out ${urlName}'s own password or this one`
  if (isPlaceholder(password)) return 'is a placeholder: set a password of your own'
  return undefined
}
