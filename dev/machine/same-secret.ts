import { createHash, timingSafeEqual } from 'node:crypto'

/** Compares two secrets. The time it takes reveals neither where they differ nor their length. */
export function isSameSecret(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
