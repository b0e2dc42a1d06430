import type { Reporter, TestModule } from 'vitest/node'
import type { NotedAttack } from '../support/attacks.js'
import { markdownTable } from './markdown-table.js'
import { type Observation, observations, type Outcome, worse } from './observations.js'

interface Row {
  readonly attack: string
  readonly times: number
  readonly outcome: Outcome
  readonly seeds: readonly number[]
  readonly seconds: number
}

/** Prints the table of the attacks, one row each, and that of the disasters; nothing where no test made one. */
export default class AttackTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    printSection(
      'attack',
      modules.filter((module) => !isDisaster(module)),
    )
    printSection('disaster', modules.filter(isDisaster))
  }
}

const isDisaster = ({ moduleId }: TestModule): boolean => moduleId.includes('/test/faults/disasters/')

function printSection(title: string, modules: readonly TestModule[]): void {
  const rows = observations(modules, 'faults', (meta) => meta.attacks).map(rowOf)
  if (rows.length > 0) console.log(`\n${table(title, merged(rows))}\n`)
}

function rowOf({ noted, name, outcome, seconds }: Observation<NotedAttack>): Row {
  const times = noted ? (noted.times ?? 1) : 0
  const seeds = noted?.seed === undefined ? [] : [noted.seed]
  return { attack: noted?.name ?? name, times, outcome, seeds, seconds }
}

/** One row for each attack, in the order in which they are first seen. */
function merged(rows: readonly Row[]): Row[] {
  const byAttack = new Map<string, Row>()
  for (const row of rows) {
    const before = byAttack.get(row.attack)
    byAttack.set(row.attack, before ? sum(before, row) : row)
  }
  return [...byAttack.values()]
}

function sum(a: Row, b: Row): Row {
  return {
    attack: a.attack,
    times: a.times + b.times,
    outcome: worse(a.outcome, b.outcome),
    seeds: [...new Set([...a.seeds, ...b.seeds])],
    seconds: a.seconds + b.seconds,
  }
}

const columnsOf = (title: string) => [
  { title },
  { title: 'times', numeric: true },
  { title: 'held / fell' },
  { title: 'seed', numeric: true },
  { title: 'seconds', numeric: true },
]

function table(title: string, rows: readonly Row[]): string {
  const cells = rows.map(({ attack, times, outcome, seeds, seconds }) => [
    attack,
    String(times),
    outcome,
    seeds.join(' '),
    seconds.toFixed(1),
  ])
  return markdownTable(columnsOf(title), cells)
}
