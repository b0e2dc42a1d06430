import type pg from 'pg'
import { defaultScheduleTime } from '../../../../src/domain/schedule-time.js'
import { Exporter, type Rule } from './exporter.js'
import type { History, Step, WriterStep, WriteStep } from './steps.js'
import { entities } from './tables.js'
import { type Committed, type Version, Writer } from './writer.js'

const hourMs = 3_600_000

/** Plays a history for a tenant of its own. @throws where an invariant is broken, with all that happened, in words. */
export async function play(
  tenantId: string,
  { startHour, clocksMs, first, steps }: History,
  clients: readonly pg.Client[],
  rule: Rule,
): Promise<void> {
  const lines: string[] = []
  const committed: Committed = entities.map(() => new Map<string, Version>())
  const writers = clients.map((client, index) => new Writer(tenantId, client, committed, `${tenantId}/${index}`))
  const whileReading: (WriterStep | WriteStep)[] = []
  let version = 0

  const write = async (step: WriterStep | WriteStep): Promise<void> => {
    const writer = writers[step.writer]!
    if (step.kind !== 'write') return writer.act(step.kind)
    // Who would have to wait for another one's row leaves it out.
    if (writer.waitsForItself(step) || writers.some((other) => other !== writer && other.holds(step))) return
    const updatedAt = new Date(exporter.now.getTime() + (clocksMs[step.writer] ?? 0) + step.skewMs)
    lines.push(`  version ${++version}, dated ${updatedAt.toISOString()}`)
    await writer.write(step, version, updatedAt)
  }
  const meanwhile = async (): Promise<void> => {
    for (const step of whileReading.splice(0)) await write(step)
  }
  const note = (line: string): void => void lines.push(line)
  const start = new Date(Date.UTC(2024, 0, 1) + startHour * hourMs)
  const exporter = new Exporter(start, { tenantId, rule, committed, meanwhile, note })

  const take = async (step: Step): Promise<void> => {
    lines.push(`${exporter.now.toISOString()} ${JSON.stringify(step)}`)
    if (step.kind === 'whileReading') whileReading.push(...step.does)
    else if ('writer' in step) await write(step)
    else await doExport(exporter, step)
  }
  try {
    for (const step of [first, ...steps]) await take(step)
    whileReading.length = 0
    for (const writer of writers) await writer.finish('commit')
    await settle(exporter)
    await assertTables(tenantId, clients[0]!, committed)
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${lines.join('\n')}`, { cause: error })
  } finally {
    for (const writer of writers) await writer.finish('rollback')
  }
}

type ExportStep = Exclude<Step, WriterStep | WriteStep | { kind: 'whileReading' }>

async function doExport(exporter: Exporter, step: ExportStep): Promise<void> {
  switch (step.kind) {
    case 'pass':
      return exporter.pass(step.boundaries, step.minutes)
    case 'runNow':
      return exporter.run(exporter.now)
    case 'workerIsBack':
      return exporter.startWorker()
    case 'workerStops':
      return exporter.stopWorker()
    case 'register':
      return exporter.register(step)
    case 'fail':
      return exporter.fail(step.entities)
    case 'requestFullLoad':
      return exporter.requestFullLoad(step.entity)
    case 'redeliver':
      return exporter.redeliver(step.entity, step.back)
    case 'catalogGrows':
      return exporter.catalogGrows()
  }
}

/** A last run of everything, after whatever is dated in the future: nothing fails, and nobody writes any more. */
async function settle(exporter: Exporter): Promise<void> {
  exporter.catalogGrows()
  exporter.register({
    kind: 'register',
    option: 'EXPORT_ALL',
    frequency: 'DAILY',
    schedule: defaultScheduleTime,
    entities: [],
  })
  await exporter.startWorker()
  await exporter.run(exporter.now)
  await exporter.run(new Date(exporter.now.getTime() + 100 * 24 * hourMs))
}

/** What the files were compared with is what the tables have. */
async function assertTables(tenantId: string, client: pg.Client, committed: Committed): Promise<void> {
  for (const [index, { name }] of entities.entries()) {
    const { rows } = await client.query<{ code: string; version: number }>(
      `SELECT code, version FROM ${name} WHERE tenant_code = $1`,
      [tenantId],
    )
    const kept = committed[index]!
    if (rows.length !== kept.size || rows.some(({ code, version }) => kept.get(code)?.version !== version)) {
      throw new Error(`the history's own account of ${name} differs from the table`)
    }
  }
}
