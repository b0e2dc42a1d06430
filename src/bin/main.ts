import { ConfigError } from '../config/config.js'

/**
 * Runs a command until it ends or a signal asks it to, which it hears both ways. A configuration error is printed as it is; anything else that
 * nobody handled ends the process with its stack on standard error.
 */
export async function main(command: (stop: AbortSignal, stopped: Promise<void>) => Promise<void>): Promise<void> {
  const stop = new AbortController()
  // A terminal's Ctrl-C may reach us more than once, directly and by way of npm: the first one counts.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort(signal))
  const stopped = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve(), { once: true }))
  try {
    await command(stop.signal, stopped)
  } catch (error) {
    const known = error instanceof ConfigError || (error instanceof Error && plain.has(error.name))
    console.error(known ? error.message : error)
    process.exitCode = 1
  }
}

/** Errors whose message says all that whoever typed the command needs. */
const plain: ReadonlySet<string> = new Set(['CatalogError', 'InvalidTenantError', 'UnsafeLoginError'])
