/**
 * Runs the requests of one session one after the other, in the order they came, as OpenSSH's server does.
 * What waits is bounded: ssh2 takes from the network whatever a client sends.
 */
export class RequestQueue {
  #tail: Promise<void> = Promise.resolve()
  #requests = 0
  #bytes = 0
  #closed = false

  constructor(readonly limits: { readonly requests: number; readonly bytes: number }) {}

  /** @returns false where too much waits already: the request was not taken */
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

  /** Takes no more requests and, after those taken, does one last thing. Further calls wait for the same. */
  close(last: () => Promise<void>): Promise<void> {
    if (!this.#closed) {
      this.#closed = true
      this.#tail = this.#tail.then(last)
    }
    return this.#tail
  }
}
