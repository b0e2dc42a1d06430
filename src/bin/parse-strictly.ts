import { type Command, CommanderError } from 'commander'

/** The exit code for arguments that are not understood. */
const usageCode = 2

/**
 * Carries out the command that the arguments name. Unknown words and options are refused, before anything is done: the exit
 * code is then 2.
 */
export async function parseStrictly(program: Command, args: readonly string[]): Promise<void> {
  for (const command of [program, ...program.commands]) {
    command.exitOverride().showHelpAfterError('(--help says more)').allowExcessArguments(false)
  }
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    process.exitCode = error.exitCode === 0 ? 0 : usageCode
  }
}
