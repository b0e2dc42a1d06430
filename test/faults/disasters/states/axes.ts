/** What each table can say of a tenant, and what is stored on the server. Some of it only an owner of the tables can write. */
export const axes = {
  run: ['ended', 'running, its workflow lost', 'queued, never started', 'one running, one queued, both lost'],
  claim: ['none', 'taken', 'taken, with a temporary file'],
  intent: ['none', 'pending', 'pending, its claim gone', 'pending, temporary path gone'],
  file: ['absent', 'temporary', 'final', 'final, other bytes', 'temporary, cut short'],
  manifest: ['published', 'pending', 'row gone', 'file gone, pending', 'pending, other checksum'],
  index: ['written', 'row gone', 'reserved, not written', 'file gone, due'],
  watermark: [
    'right',
    'gone',
    'full load requested',
    'ahead of its delivery',
    'beyond now',
    "at another entity's delivery",
  ],
  schedule: ['applied', 'pending', 'gone, pending'],
} as const

export type Axis = keyof typeof axes
export type State = { readonly [Name in Axis]: (typeof axes)[Name][number] }

const names = Object.keys(axes) as Axis[]

/** Files under a final name belong to an intent here, and an intent to a claim, which may be removed by hand afterwards. */
export function isPossible({ intent, claim, file }: State): boolean {
  if (intent === 'none') return file === 'absent'
  return claim !== 'none'
}

export function everyState(): State[] {
  let states: Partial<Record<Axis, string>>[] = [{}]
  for (const name of names) states = states.flatMap((state) => axes[name].map((value) => ({ ...state, [name]: value })))
  return (states as State[]).filter(isPossible)
}

/** A subset in which each two values of two axes that are possible together are in one state. It is always the same. */
export function coveringPairs(states: readonly State[]): State[] {
  const all = states.map((state) => ({ state, pairs: pairsOf(state) }))
  const having = new Map<string, typeof all>()
  for (const each of all) {
    for (const pair of each.pairs) {
      const known = having.get(pair)
      if (known) known.push(each)
      else having.set(pair, [each])
    }
  }
  const open = new Set(having.keys())
  const chosen: State[] = []
  for (const pair of open) {
    const found = having.get(pair) ?? []
    const some = found.filter((_, index) => index % Math.ceil(found.length / candidates) === 0)
    const best = some.reduce((one, other) => (fresh(other.pairs, open) > fresh(one.pairs, open) ? other : one))
    for (const each of best.pairs) open.delete(each)
    chosen.push(best.state)
  }
  return chosen
}

/** So many states are compared for each choice: more take long, and give hardly fewer states. */
const candidates = 300

function fresh(pairs: readonly string[], open: ReadonlySet<string>): number {
  return pairs.filter((pair) => open.has(pair)).length
}

function pairsOf(state: State): string[] {
  return names.flatMap((one, index) =>
    names.slice(index + 1).map((other) => `${one}=${state[one]}|${other}=${state[other]}`),
  )
}

export function described(state: State): string {
  return names.map((name) => `${name}: ${state[name]}`).join('; ')
}
