import { Command, CommanderError } from 'commander'

/** The exit code of a command line that is not understood. */
const usageExitCode = 2

/** A command line with `--help` that refuses every word that it does not know. Its subcommands do the same. */
export function commandLine(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .showHelpAfterError()
    .exitOverride()
}

/** Runs what the words ask for. A command line that is not understood sets the exit code to 2. */
export async function runCommandLine(
  command: Command,
  words: readonly string[] = process.argv.slice(2),
): Promise<void> {
  try {
    await command.parseAsync(words, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    process.exitCode = error.exitCode === 0 ? 0 : usageExitCode
  }
}
