/** Chance that a seed repeats. */
export interface Dice {
  /** From 0 up to `below`, which is left out. */
  upTo(below: number): number
  /** True so many times of a hundred. */
  percent(share: number): boolean
  oneOf<T>(choices: readonly T[]): T
}

/** A linear congruential generator: even enough for choices, and as quick as can be. */
export function createDice(seed: number, lane: number): Dice {
  let state = (Math.imul(seed, 747796405) ^ Math.imul(lane + 1, 277803737)) >>> 0
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  // Neighbouring lanes begin alike.
  for (let skipped = 0; skipped < 16; skipped++) next()
  const upTo = (below: number): number => Math.floor(next() * below)
  return {
    upTo,
    percent: (share) => next() * 100 < share,
    oneOf: (choices) => choices[upTo(choices.length)]!,
  }
}
