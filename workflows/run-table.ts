import type { EntityResult, EntityTask, RunPlan } from '../src/contracts.js'

/** What is known while a run is going on. */
export interface RunProgress {
  readonly results: readonly EntityResult[]
  /** Tasks that wait for later attempts. */
  readonly waiting: ReadonlyMap<EntityTask, { readonly code: string }>
}

/** The details of a run in Markdown: how far it is, and a table with a line for each entity, failed ones first. */
export function runTable(plan: RunPlan, progress: RunProgress, isEnded: boolean): string {
  const results = new Map(progress.results.map((result) => [taskKey(result), result]))
  const rows = plan.tasks.map((task) => rowOf(task, results.get(taskKey(task)), progress.waiting.get(task)))
  const inOrder = rows.toSorted((one, other) => one.place - other.place)
  const skipped = plan.skipped.map((name) => `| ${name} | | already published up to here | | | |`)
  return [
    `**${heading(plan, progress, isEnded)}**`,
    '',
    '| entity | mode | status | rows | bytes | window |',
    '| --- | --- | --- | ---: | ---: | --- |',
    ...inOrder.map(({ text }) => text),
    ...skipped,
    '',
    'Times are in UTC. A window does not include its end.',
    '',
    // The UI cuts off the end of the details, so that they end with an empty line.
    noBreakSpace,
  ].join('\n')
}

/** Such as "24 of 26 entities published, 2 failed" or "3 of 26 entities done, 1 waits: SFTP_UNAVAILABLE". */
function heading({ tasks }: RunPlan, { results, waiting }: RunProgress, isEnded: boolean): string {
  const published = results.filter(({ status }) => status === 'PUBLISHED').length
  const failed = results.filter(({ status }) => status === 'FAILED').length
  const done = isEnded
    ? `${published} of ${tasks.length} entities published`
    : `${results.length} of ${tasks.length} entities done`
  const codes = [...new Set([...waiting.values()].map(({ code }) => code))]
  const waits = `${waiting.size} ${waiting.size === 1 ? 'waits' : 'wait'}: ${codes.join(', ')}`
  const cancelled = isEnded ? tasks.length - published - failed : 0
  return [
    done,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(waiting.size > 0 && !isEnded ? [waits] : []),
    ...(cancelled > 0 ? [`${cancelled} cancelled`] : []),
  ].join(', ')
}

/** A redelivery has several windows of one entity. */
function taskKey({ entity, to }: { readonly entity: string; readonly to: string }): string {
  return `${entity} ${to}`
}

/** What an engineer looks for comes first. */
const places = { failed: 0, waiting: 1, unfinished: 2, published: 3 } as const

function rowOf(task: EntityTask, result: EntityResult | undefined, wait: { readonly code: string } | undefined) {
  const place = wait ? 'waiting' : !result ? 'unfinished' : result.status === 'PUBLISHED' ? 'published' : 'failed'
  const numbers = result?.status === 'PUBLISHED' ? `${plainNumber(result.rows)} | ${plainNumber(result.bytes)}` : ' | '
  const cells = [task.displayName, task.mode, statusOf(result, wait), numbers, shortWindow(task)]
  return { place: places[place], text: `| ${cells.join(' | ')} |` }
}

function statusOf(result: EntityResult | undefined, wait: { readonly code: string } | undefined): string {
  if (wait) return `waits: ${wait.code}`
  if (!result) return ''
  return result.error ? `${result.status}: ${result.error.code}` : result.status
}

/** With separators of thousands. */
function plainNumber(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** Without the year, and without hyphens at which a line can break: the UI has little room for it. */
function shortWindow({ from, to }: Pick<EntityTask, 'from' | 'to'>): string {
  return from === null ? `…/${shortTime(to)}` : `${shortTime(from)}/${shortTime(to)}`
}

/** Of a midnight only the date. */
function shortTime(iso: string): string {
  const [date, time] = [iso.slice(5, 10), iso.slice(11, 16)]
  return `${date}${time === '00:00' ? '' : ` ${time}`}`.replace('-', noBreakHyphen)
}

const noBreakHyphen = '\u2011'
const noBreakSpace = '\u00a0'
