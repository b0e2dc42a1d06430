/**
 * Runs the requests of one session one after the other, in the order of arrival, like OpenSSH's server.
 * The queue is bounded, since ssh2 reads everything that a client sends.
 */
export class RequestQueue {
  #tail: Promise<void> = Promise.resolve()
  #requests = 0
  #bytes = 0
  #closed = false

  constructor(readonly limits: { readonly requests: number; readonly bytes: number }) {}

  /** @returns false if the queue is full; the request is not run then */
  add(bytes: number, request: () => Promise<void>): boolean {
    if (this.#closed) return true
    if (this.#requests >= this.limits.requests || this.#bytes + bytes > this.limits.bytes) return false
    this.#requests += 1
    this.#bytes += bytes
    this.#tail = this.#tail.then(async () => {
      await request()
      this.#requests -= 1
      this.#bytes -= bytes
    })
    return true
  }

  /** Refuses further requests, and runs `last` after the queued ones. Later calls wait for the same end. */
  close(last: () => Promise<void>): Promise<void> {
    if (!this.#closed) {
      this.#closed = true
      this.#tail = this.#tail.then(last)
    }
    return this.#tail
  }
}
