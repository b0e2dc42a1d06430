/** The clock of this process is wrong by so many milliseconds until it is disposed of. Timers keep their pace. */
export function shiftClock(byMs: number): Disposable {
  const Right = globalThis.Date
  class Shifted extends Right {
    constructor(...parts: unknown[]) {
      if (parts.length === 0) super(Right.now() + byMs)
      else super(...(parts as [number]))
    }

    static override now(): number {
      return Right.now() + byMs
    }

    static override [Symbol.hasInstance](value: unknown): boolean {
      return Right[Symbol.hasInstance](value)
    }
  }
  globalThis.Date = Shifted as DateConstructor
  return { [Symbol.dispose]: () => void (globalThis.Date = Right) }
}
