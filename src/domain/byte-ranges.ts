/** Bytes of a file: `from` is in the range, `to` is not. */
export interface ByteRange {
  readonly from: number
  readonly to: number
}

/** More separate ranges than any client leaves. */
const mostRanges = 1_000

/**
 * The bytes that were read through one handle, in any order, as few ranges. A client that reads too many separate ranges loses
 * the smallest ones, so memory stays bounded.
 */
export class ByteRanges {
  /** By their start, without overlaps, and with a gap between each two. */
  #ranges: ByteRange[] = []

  add(from: number, to: number): void {
    if (to <= from) return
    const last = this.#ranges.at(-1)
    // Most clients read from the start to the end.
    if (!last || from > last.to) this.#ranges.push({ from, to })
    else if (from >= last.from) this.#ranges[this.#ranges.length - 1] = { from: last.from, to: Math.max(last.to, to) }
    else this.#insert(from, to)
    if (this.#ranges.length > mostRanges) this.#dropSmallest()
  }

  list(): readonly ByteRange[] {
    return this.#ranges
  }

  #insert(from: number, to: number): void {
    const before = this.#ranges.filter((range) => range.to < from)
    const after = this.#ranges.filter((range) => range.from > to)
    const touched = this.#ranges.slice(before.length, this.#ranges.length - after.length)
    const merged = {
      from: Math.min(from, ...touched.map((range) => range.from)),
      to: Math.max(to, ...touched.map((range) => range.to)),
    }
    this.#ranges = [...before, merged, ...after]
  }

  #dropSmallest(): void {
    const sizes = this.#ranges.map(({ from, to }) => to - from)
    this.#ranges.splice(sizes.indexOf(Math.min(...sizes)), 1)
  }
}

/** The ranges as an int8multirange of Postgres: `{[0,100),[200,300)}`. */
export function multirange(ranges: readonly ByteRange[]): string {
  return `{${ranges.map(({ from, to }) => `[${from},${to})`).join(',')}}`
}
