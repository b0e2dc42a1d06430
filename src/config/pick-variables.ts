import type { z } from 'zod'
import { ConfigError } from './config-error.js'
import type { Environment } from './env.js'
import { readSecrets } from './secrets.js'

/**
 * The variables that a command needs, with the checks of the whole configuration.
 * @throws ConfigError with all their problems
 */
export function pickVariables<Shape extends z.ZodRawShape>(
  environment: Environment,
  shape: z.ZodObject<Shape>,
): z.infer<z.ZodObject<Shape>> {
  const given = readSecrets(environment)
  const parsed = shape.safeParse(given.environment)
  const found = parsed.error?.issues.map(({ path, message }) => ({ name: path.join('.'), message })) ?? []
  // Problems with the secrets of other processes do not concern this one.
  const problems = [...given.problems.filter(({ name }) => isAbout(name, Object.keys(shape.shape))), ...found]
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)
  return parsed.data
}

function isAbout(problem: string, names: readonly string[]): boolean {
  return names.some((name) => problem === name || problem === name.replace('_URL', '_PASSWORD'))
}
