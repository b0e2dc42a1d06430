/** What one part of the benchmark needs of the command that runs it. */
export interface BenchOptions {
  /** Whether to take the time for the largest sizes. */
  readonly full: boolean
  /** Other sizes than usual of parts that take many tenants. */
  readonly tenants?: number | undefined
  readonly nights?: number | undefined
  /** Prints the current step in one line. */
  readonly progress: (line: string) => void
}

/** What one part of the benchmark found: a part of bench/RESULTS.md. */
export interface Section {
  readonly title: string
  /** What was measured, against what, and how: a paragraph in Markdown. */
  readonly about: string
  readonly tables: readonly Table[]
  /** What must be true, as a ratio of two things measured in this run. */
  readonly targets: readonly Target[]
  readonly plots?: readonly Plot[]
}

/** To be drawn beside bench/RESULTS.md. */
export interface Plot {
  readonly file: string
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  readonly lines: readonly { readonly name: string; readonly points: readonly (readonly [x: number, y: number])[] }[]
}

export interface Axis {
  readonly label: string
  /** By powers of ten. */
  readonly logarithmic?: boolean
}

export interface Table {
  readonly title?: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export interface Target {
  /** `rows/s against the script, 0 ms`. */
  readonly name: string
  readonly ratio: number
  readonly atLeast?: number
  readonly atMost?: number
}
