import { ConfigError } from '../config/config-error.js'

/**
 * Runs a command until it ends or a signal asks it to, which it hears both ways. An error ends the process with code 1: `report`
 * says why. On a terminal that is the message where it has all that helps, else the stack.
 */
export async function main(
  command: (stop: AbortSignal, stopped: Promise<void>) => Promise<void>,
  report: (error: unknown) => void = reportOnTerminal,
): Promise<void> {
  const stop = new AbortController()
  // A terminal's Ctrl-C may reach us more than once, directly and by way of npm: the first one counts.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort(signal))
  const stopped = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve(), { once: true }))
  try {
    await command(stop.signal, stopped)
  } catch (error) {
    report(error)
    process.exitCode = 1
  }
}

function reportOnTerminal(error: unknown): void {
  if (isOutage(error)) return console.error(outage(error))
  console.error(isPlain(error) ? error.message : error)
}

/** An outage in one line: what could not be reached, and the last line of the cause, since Prisma quotes its call before it. */
function outage({ message, cause }: Error): string {
  const reason = cause instanceof Error ? cause.message.trim().split('\n').at(-1) : undefined
  return reason ? `${message}: ${reason.trim()}` : message
}

/** By its code, such as DATABASE_UNAVAILABLE: programs do not import the domain. */
function isOutage(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).endsWith('_UNAVAILABLE')
}

/** Errors whose message says all that whoever typed the command needs. */
const plain: ReadonlySet<string> = new Set([
  'CatalogError',
  'FolderInUseError',
  'InvalidTenantError',
  'MigrationError',
  'RefusedConnectionError',
  'SearchAttributesMissingError',
  'StartError',
  'UnsafeLoginError',
])

function isPlain(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  // What the system refused, such as a folder that can't be made, says so itself.
  return error instanceof ConfigError || plain.has(error.name) || ('syscall' in error && error.message !== '')
}
