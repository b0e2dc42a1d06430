import { setTimeout as delay } from 'node:timers/promises'

const lookEveryMs = 40

/**
 * Looks again and again until there is something to see, and gives it.
 * @throws after `limitMs`, with what was waited for and what was seen last
 */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false | null> | T | undefined | false | null,
  limitMs = 90_000,
): Promise<T> {
  const giveUp = Date.now() + limitMs
  for (;;) {
    const seen = await look()
    if (seen !== undefined && seen !== false && seen !== null) return seen
    if (Date.now() > giveUp) throw new Error(`waited ${limitMs / 1000} s in vain: ${what}`)
    await delay(lookEveryMs)
  }
}
