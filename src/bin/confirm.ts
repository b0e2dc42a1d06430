import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import { readEnvironment } from '../config/env.js'

/** What is removed or shut out for good, and whether the caller has agreed to it in advance. */
export interface Destruction {
  /** A sentence for the person at the terminal, without its full stop. */
  readonly what: string
  /** What the person has to type. */
  readonly word: string
  /** From `--yes`. */
  readonly yes?: true
}

/** Adds `--yes` to a command that asks {@link isConfirmed}. */
export function withYes(command: Command): Command {
  return command.option('--yes', 'do it without a question')
}

/**
 * Whether to go on. On a terminal the person types the word; elsewhere only `--yes` confirms, and without it the command
 * line is refused.
 */
export async function isConfirmed(
  { what, word, yes }: Destruction,
  command: Command,
  stop: AbortSignal,
): Promise<boolean> {
  if (yes) return true
  // npm takes `--yes` for itself, and tells its scripts so.
  const throughNpm =
    readEnvironment()['npm_lifecycle_event'] === undefined ? '' : ' With npm, words that begin with - come after --.'
  if (!process.stdin.isTTY) return command.error(`error: ${what}. Add --yes to confirm.${throughNpm}`)
  process.stderr.write(`${what}. Type ${word} to confirm: `)
  if ((await nextLine(stop)) === word) return true
  console.error('Nothing was changed.')
  process.exitCode = 1
  return false
}

/** What was typed; empty after Ctrl-C or Ctrl-D. */
async function nextLine(stop: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, terminal: false })
  const end = (): void => lines.close()
  stop.addEventListener('abort', end, { once: true })
  try {
    return await new Promise((resolve) => {
      lines.once('line', (line) => resolve(line.trim()))
      lines.once('close', () => resolve(''))
    })
  } finally {
    stop.removeEventListener('abort', end)
    lines.close()
  }
}
