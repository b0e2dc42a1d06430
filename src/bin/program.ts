import { Command, CommanderError } from 'commander'

/** The exit code for an invalid command line. */
const usageExitCode = 2

/** A command line with `--help`. It and its subcommands refuse unknown arguments. */
export function commandLine(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .showHelpAfterError()
    .exitOverride()
}

/** Runs the command that the arguments name. An invalid command line sets the exit code to 2. */
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
