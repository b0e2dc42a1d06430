/** What the exit code of a command says. Scripts branch on it. */
export const exitCodes = {
  DONE: { code: 0, meaning: 'The command is done.' },
  FOUND: {
    code: 1,
    meaning:
      'The command failed unexpectedly, or it found something: a difference, a failed check, an open incident, a run that failed.',
  },
  NOT_CHECKED: {
    code: 2,
    meaning: 'The words were not understood. `verify` and `check-source`: something could not be checked.',
  },
  REFUSED: {
    code: 3,
    meaning: 'Tidemark refused the command and changed nothing, for example because a run is in progress.',
  },
  NOT_FOUND: { code: 4, meaning: 'The tenant, run, incident or key does not exist.' },
  UNAVAILABLE: { code: 5, meaning: 'A service that the command needs was unavailable. Try again.' },
  SETTINGS: { code: 6, meaning: 'The settings in the environment are invalid. The message lists each of them.' },
} as const satisfies Readonly<Record<string, { code: number; meaning: string }>>

/** The exit code for an error. It compares names and codes, because most commands load few modules. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof Error)) return exitCodes.FOUND.code
  if (error.name === 'ConfigError') return exitCodes.SETTINGS.code
  if (error.name === 'AdoptionError') return exitCodes.REFUSED.code
  return 'code' in error && String(error.code).endsWith('_UNAVAILABLE')
    ? exitCodes.UNAVAILABLE.code
    : exitCodes.FOUND.code
}
