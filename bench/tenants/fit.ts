export interface Run {
  readonly files: number
  readonly rows: number
  readonly seconds: number
}

export interface Fit {
  /** However little there is to do. */
  readonly seconds: number
  readonly secondsPerFile: number
  readonly secondsPerRow: number
}

/** Least squares: seconds = a + b · files + c · rows. Takes three runs or more, not all of one proportion. */
export function fit(runs: readonly Run[]): Fit {
  const vectors = runs.map(({ files, rows, seconds }) => ({ x: [1, files, rows], y: seconds }))
  const sum = (of: (vector: (typeof vectors)[number]) => number): number =>
    vectors.reduce((all, vector) => all + of(vector), 0)
  const at = (vector: readonly number[], n: number): number => vector[n] ?? 0
  const equations = [0, 1, 2].map((row) => [
    ...[0, 1, 2].map((column) => sum(({ x }) => at(x, row) * at(x, column))),
    sum(({ x, y }) => at(x, row) * y),
  ])
  const [seconds = NaN, secondsPerFile = NaN, secondsPerRow = NaN] = solved(equations)
  return { seconds, secondsPerFile, secondsPerRow }
}

/** By elimination; each equation is its coefficients and then its right side. */
function solved(equations: readonly (readonly number[])[]): number[] {
  if (equations.length === 0) return []
  const [first, ...rest] = equations.toSorted((a, b) => Math.abs(b[0] ?? 0) - Math.abs(a[0] ?? 0))
  const [pivot = NaN, ...others] = first ?? []
  const reduced = rest.map(([factor = 0, ...row]) => row.map((value, n) => value - (factor / pivot) * (others[n] ?? 0)))
  const solution = solved(reduced)
  const right = others.at(-1) ?? NaN
  return [(right - solution.reduce((all, value, n) => all + value * (others[n] ?? 0), 0)) / pivot, ...solution]
}
