import { ConfigError } from './config-error.js'
import { passwordVariables, putPasswordsIntoUrls } from './database-passwords.js'
import type { Environment } from './env.js'
import type { ConfigProblem } from './config-error.js'
import { fileVariables, readFileVariables } from './file-variables.js'

/**
 * Prepares the environment for the other code of this folder. It reads the files that …_FILE variables name, puts passwords
 * into their URLs, and removes empty variables, which compose files and shells set.
 */
export function readSecrets(environment: Environment): {
  environment: Environment
  problems: readonly ConfigProblem[]
} {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const files = readFileVariables(given)
  const urls = putPasswordsIntoUrls(files.environment)
  return { environment: urls.environment, problems: [...files.problems, ...urls.problems] }
}

/** The same without the variables that `readSecrets` has merged into others. @throws ConfigError */
export function resolveSecrets(environment: Environment): Environment {
  const read = readSecrets(environment)
  if (read.problems.length > 0) throw new ConfigError(read.problems)
  const moved: ReadonlySet<string> = new Set([...passwordVariables, ...fileVariables.map((name) => `${name}_FILE`)])
  return Object.fromEntries(Object.entries(read.environment).filter(([name]) => !moved.has(name)))
}
