/** The environment as it is: names to strings. The only place where the process environment is read. */
export type Environment = Readonly<Record<string, string | undefined>>

export function readEnvironment(): Environment {
  return process.env
}
