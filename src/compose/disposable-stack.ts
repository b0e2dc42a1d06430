/**
 * The standard's AsyncDisposableStack, as far as it is needed here. Node has it since version 24.
 * https://tc39.es/proposal-explicit-resource-management/
 */
export class DisposableStack implements AsyncDisposable {
  #closers: (() => unknown)[] = []

  /** Takes something that was opened, and gives it back. */
  use<T extends AsyncDisposable>(resource: T): T {
    this.defer(() => resource[Symbol.asyncDispose]())
    return resource
  }

  /** Takes what closes something that was opened. */
  defer(close: () => unknown): void {
    this.#closers.push(close)
  }

  /** A stack that has everything that this one had. This one is empty then. */
  move(): DisposableStack {
    const moved = new DisposableStack()
    moved.#closers = this.#closers.splice(0)
    return moved
  }

  /** Closes everything, the last first, also where closing something fails. @throws the errors of what failed */
  async [Symbol.asyncDispose](): Promise<void> {
    const errors: unknown[] = []
    for (const close of this.#closers.splice(0).toReversed()) {
      try {
        await close()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 1) throw new AggregateError(errors, 'Several things could not be closed.')
    if (errors.length === 1) throw errors[0]
  }
}
