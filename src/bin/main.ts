import { ConfigError } from '../config/config.js'

/**
 * Runs a command until it ends or a signal asks it to, which it hears both ways. A configuration error is printed as it is; anything else that
 * nobody handled ends the process with its stack on standard error.
 */
export async function main(command: (stop: AbortSignal, stopped: Promise<void>) => Promise<void>): Promise<void> {
  const stop = new AbortController()
  // A terminal's Ctrl-C may reach us more than once, directly and by way of npm: the first one counts.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort(signal))
  const stopped = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve(), { once: true }))
  try {
    await command(stop.signal, stopped)
  } catch (error) {
    console.error(isPlain(error) ? error.message : error)
    process.exitCode = 1
  }
}

/** Errors whose message says all that whoever typed the command needs. */
const plain: ReadonlySet<string> = new Set([
  'CatalogError',
  'FolderInUseError',
  'InvalidTenantError',
  'StartError',
  'UnsafeLoginError',
])

function isPlain(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  // What the system refused, such as a folder that can't be made, says so itself.
  return error instanceof ConfigError || plain.has(error.name) || ('syscall' in error && error.message !== '')
}
