import { relative } from 'node:path'
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import type { NotedAttack } from './attacks.js'

const project = 'faults'

/** `fell` outweighs `not run`, which outweighs `held`. */
const outcomes = ['held', 'not run', 'fell'] as const
type Outcome = (typeof outcomes)[number]

interface Row {
  readonly attack: string
  readonly times: number
  readonly outcome: Outcome
  readonly seeds: readonly number[]
  readonly seconds: number
}

/** Ends vitest's output with the table of the attacks, one row each; nothing where no test of the project ran. */
export default class AttackTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules.filter((module) => module.project.name === project).flatMap(rowsOfModule)
    if (rows.length > 0) console.log(`\n${table(merged(rows))}\n`)
  }
}

function rowsOfModule(module: TestModule): Row[] {
  const rows = [...module.children.allTests()].flatMap(rowsOfTest)
  // A file that does not load, or a hook around its tests, has failed without any of its tests having run.
  if (module.errors().length === 0) return rows
  const attack = relative(module.project.config.root, module.moduleId)
  return [...rows, { attack, times: 0, outcome: 'fell', seeds: [], seconds: 0 }]
}

function rowsOfTest(test: TestCase): Row[] {
  const { state } = test.result()
  const outcome = state === 'passed' ? 'held' : state === 'failed' ? 'fell' : 'not run'
  const noted: readonly NotedAttack[] = test.meta().attacks ?? []
  if (noted.length === 0) {
    const isNews = outcome === 'fell' || (outcome === 'not run' && !wasChosenByName(test))
    return isNews ? [{ attack: test.fullName, times: 0, outcome, seeds: [], seconds: 0 }] : []
  }
  const seconds = (test.diagnostic()?.duration ?? 0) / 1000 / noted.length
  return noted.map(({ name, times = 1, seed }) => ({
    attack: name,
    times,
    outcome,
    seeds: seed === undefined ? [] : [seed],
    seconds,
  }))
}

/** `-t …` leaves out whatever has another name. */
function wasChosenByName(test: TestCase): boolean {
  return test.project.globalConfig.testNamePattern !== undefined
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
    outcome: outcomes.indexOf(a.outcome) > outcomes.indexOf(b.outcome) ? a.outcome : b.outcome,
    seeds: [...new Set([...a.seeds, ...b.seeds])],
    seconds: a.seconds + b.seconds,
  }
}

const numeric = [false, true, false, true, true]

function table(rows: readonly Row[]): string {
  const cells = rows.map(({ attack, times, outcome, seeds, seconds }) => [
    attack,
    String(times),
    outcome,
    seeds.join(' '),
    seconds.toFixed(1),
  ])
  const lines = [['attack', 'times', 'held / fell', 'seed', 'seconds'], ...cells]
  const widths = numeric.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const [header, ...body] = lines.map((line) => `| ${line.map((cell, at) => pad(cell, at, widths)).join(' | ')} |`)
  const rule = `|${widths.map((width, at) => (numeric[at] ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2))).join('|')}|`
  return [header, rule, ...body].join('\n')
}

function pad(cell: string, column: number, widths: readonly number[]): string {
  const width = widths[column] ?? 0
  return numeric[column] ? cell.padStart(width) : cell.padEnd(width)
}
