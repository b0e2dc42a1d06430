/** An error with at most eight causes, because causes may be cyclic. */
export function described(error: unknown, most = 8): object {
  if (!(error instanceof Error)) return { message: String(error) }
  return {
    name: error.name,
    ...('code' in error && { code: error.code }),
    message: error.message,
    ...(error.cause !== undefined && most > 0 && { cause: described(error.cause, most - 1) }),
  }
}
