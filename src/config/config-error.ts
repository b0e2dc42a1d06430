/** A setting that is missing or unusable. */
export interface ConfigProblem {
  readonly name: string
  readonly message: string
}

/** All problems of the environment together. No message quotes a value, because it may be a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]
  constructor(found: readonly ConfigProblem[]) {
    const problems = firstOfEach(found)
    super(['The configuration is not usable:', ...problems.map((problem) => `  - ${problem}`)].join('\n'))
    this.problems = problems
  }
}

/** Reports the first problem of each variable, because further ones are mostly its consequences. */
function firstOfEach(problems: readonly ConfigProblem[]): string[] {
  const first = problems.filter(({ name }, index) => problems.findIndex((other) => other.name === name) === index)
  return first.map(({ name, message }) => `${name} ${message}`)
}
