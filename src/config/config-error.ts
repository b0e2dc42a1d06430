/** A setting that is missing or unusable. */
export interface ConfigProblem {
  readonly name: string
  readonly message: string
}

/** Everything that is wrong with the environment, at once. No message repeats a value, which may be a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]
  constructor(found: readonly ConfigProblem[]) {
    const problems = firstOfEach(found)
    super(['The configuration is not usable:', ...problems.map((problem) => `  - ${problem}`)].join('\n'))
    this.problems = problems
  }
}

/** One problem of a variable is enough: the second is mostly a consequence of the first. */
function firstOfEach(problems: readonly ConfigProblem[]): string[] {
  const first = problems.filter(({ name }, index) => problems.findIndex((other) => other.name === name) === index)
  return first.map(({ name, message }) => `${name} ${message}`)
}
