/** The marks of an axis from 0: at most about four steps of 1, 2 or 5 times a power of ten. Values of a chart are whole numbers. */
export function axisTicks(most: number): readonly number[] {
  const rough = Math.max(1, most) / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = Math.max(1, ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power)
  const count = Math.max(1, Math.ceil(most / step))
  return Array.from({ length: count + 1 }, (_, index) => index * step)
}

/** Which bars have a label below: evenly spaced, as many as fit, and the last one always. */
export function labeledBars(count: number, width: number, labelWidth = 90): readonly number[] {
  const every = Math.max(1, Math.ceil(count / Math.max(1, Math.floor(width / labelWidth))))
  return Array.from({ length: count }, (_, index) => index).filter((index) => (count - 1 - index) % every === 0)
}

/** The bar that a key of the keyboard leads to. Undefined if the key has no meaning. */
export function barAfterKey(key: string, current: number | undefined, count: number): number | undefined {
  const last = count - 1
  const from = current ?? last
  const next = {
    ArrowLeft: current === undefined ? last : from - 1,
    ArrowRight: current === undefined ? last : from + 1,
    Home: 0,
    End: last,
  }[key]
  return next === undefined || last < 0 ? undefined : Math.min(last, Math.max(0, next))
}
