import { ConfigError } from '../config/config-error.js'

/**
 * Runs a command until it ends or a signal stops it. After an error the process ends with code 1, unless `report`,
 * which prints the error, sets another code. On a terminal that is the message if it is enough, otherwise the stack.
 */
export async function main(
  command: (stop: AbortSignal, stopped: Promise<void>) => Promise<void>,
  report: (error: unknown) => void = reportOnTerminal,
): Promise<void> {
  const stop = new AbortController()
  // Ctrl-C in a terminal may arrive twice, directly and through npm. The first signal counts.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort(signal))
  const stopped = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve(), { once: true }))
  try {
    await command(stop.signal, stopped)
  } catch (error) {
    report(error)
    process.exitCode ??= 1
  }
}

export function reportOnTerminal(error: unknown): void {
  if (isPlain(error)) return console.error(error.message)
  console.error(isOutage(error) ? outage(error) : error)
}

/** An outage in one line: the message, and the last line of the cause, because Prisma quotes its call before it. */
function outage({ message, cause }: Error): string {
  const reason = cause instanceof Error ? cause.message.trim().split('\n').at(-1) : undefined
  return reason ? `${message}: ${reason.trim()}` : message
}

/** Compares the code, such as DATABASE_UNAVAILABLE, because programs do not import the domain. */
function isOutage(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).endsWith('_UNAVAILABLE')
}

/** The names of errors whose message needs no stack. */
const plain: ReadonlySet<string> = new Set([
  'CatalogError',
  'FolderInUseError',
  'InvalidTenantError',
  'MigrationError',
  'MigrationUnavailableError',
  'RefusedConnectionError',
  'SearchAttributesMissingError',
  'SecretUnreadableError',
  'StartError',
  'UnsafeLoginError',
])

function isPlain(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  // The message of a failed system call names the call and the path.
  return error instanceof ConfigError || plain.has(error.name) || ('syscall' in error && error.message !== '')
}
