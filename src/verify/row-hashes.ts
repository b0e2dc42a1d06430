import { hash } from 'node:crypto'

/** 64 bits of each row, so that millions of rows fit into memory. Two rows in a billion may be taken for one. */
export interface RowHashes {
  add(values: readonly (string | null)[]): void
  /** Ends the adding. */
  sorted(): SortedHashes
}

export interface SortedHashes {
  has(values: readonly (string | null)[]): boolean
  /** How many rows were added more than once. */
  readonly repeated: number
}

export function createRowHashes(): RowHashes {
  let hashes = new BigUint64Array(1024)
  let count = 0
  return {
    add(values) {
      if (count === hashes.length) {
        const larger = new BigUint64Array(2 * count)
        larger.set(hashes)
        hashes = larger
      }
      hashes[count++] = hashOf(values)
    },
    sorted: () => searchable(hashes.subarray(0, count).toSorted()),
  }
}

function searchable(sorted: BigUint64Array): SortedHashes {
  let repeated = 0
  for (let index = 1; index < sorted.length; index += 1) if (sorted[index] === sorted[index - 1]) repeated += 1
  return { repeated, has: (values) => isIn(sorted, hashOf(values)) }
}

function isIn(sorted: BigUint64Array, wanted: bigint): boolean {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    const found = sorted[middle] ?? 0n
    if (found === wanted) return true
    if (found < wanted) low = middle + 1
    else high = middle
  }
  return false
}

function hashOf(values: readonly (string | null)[]): bigint {
  return hash('sha256', JSON.stringify(values), 'buffer').readBigUInt64LE()
}
