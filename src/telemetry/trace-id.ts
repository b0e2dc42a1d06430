let read: () => string | undefined = () => undefined

/** The id of the trace that the caller's work belongs to; undefined if traces are off. */
export function currentTraceId(): string | undefined {
  return read()
}

/** Called once traces are on, so that logs need no library for traces. */
export function readTraceIdsWith(reader: () => string | undefined): void {
  read = reader
}
