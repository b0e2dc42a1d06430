import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import { readEnvironment } from '../config/env.js'

/** What the command removes permanently, and whether the caller has confirmed it in advance. */
export interface Destruction {
  /** A sentence for the person at the terminal, without its full stop. */
  readonly what: string
  /** The word that the person must type. */
  readonly word: string
  /** From `--yes`. */
  readonly yes?: true
}

/** Adds `--yes` to a command that asks {@link isConfirmed}. */
export function withYes(command: Command): Command {
  return command.option('--yes', 'skip the confirmation')
}

/**
 * Whether the command may continue. On a terminal the person types the word. Elsewhere the command fails without `--yes`.
 */
export async function isConfirmed(
  { what, word, yes }: Destruction,
  command: Command,
  stop: AbortSignal,
): Promise<boolean> {
  if (yes) return true
  // npm consumes `--yes`, unless it follows `--`.
  const throughNpm = readEnvironment()['npm_lifecycle_event'] === undefined ? '' : ' With npm, put options after --.'
  if (!process.stdin.isTTY) return command.error(`error: ${what}. Add --yes to confirm.${throughNpm}`)
  process.stderr.write(`${what}. Type ${word} to confirm: `)
  if ((await nextLine(stop)) === word) return true
  console.error('Nothing was changed.')
  process.exitCode = 1
  return false
}

/** The typed line; empty after Ctrl-C or Ctrl-D. */
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
