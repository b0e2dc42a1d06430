import { createScheduleGateway } from '../../src/schedules/schedule-gateway.js'
import { scheduleSpec } from '../../src/schedules/schedule-spec.js'
import { openTemporal } from '../../src/schedules/temporal.js'
import { defaultFileFormat } from '../../src/domain/file-format.js'
import { defaultScheduleTime } from '../../src/domain/schedule-time.js'
import { replaceRegistration } from '../../src/domain/registration.js'
import { startProgram } from '../../test/support/programs/speaking-program.js'
import { startCountingProxy } from '../small/answers.js'
import type { SmallPlace } from '../small/place.js'
import type { ReconcileUse } from './reconcile-program.js'
import { registerMany } from './registrations.js'

/** One comparison of all schedules with the registrations. */
export interface Reconciled extends ReconcileUse {
  readonly schedules: number
  /** Of Tidemark's database. */
  readonly answers: number
  /** What the Temporal of this machine takes to describe one schedule, which the comparison waits for. */
  readonly describeSeconds: number
}

export async function reconcileMany(place: SmallPlace, schedules: number): Promise<Reconciled> {
  await registerMany(place.servers.ownerUrl, {
    tag: 'reconciled',
    count: schedules,
    entities: ['user', 'site', 'content'],
  })
  await using proxy = await startCountingProxy(Number(new URL(place.servers.databaseUrl).port))
  const url = new URL(place.servers.databaseUrl)
  url.port = String(proxy.port)
  await using program = startProgram('bench/scale/reconcile-program.ts', {
    DATABASE_URL: url.href,
    SCHEDULES: String(schedules),
  })
  const { use } = await program.said<{ use: ReconcileUse }>('use')
  return { ...use, schedules, answers: proxy.answers(), describeSeconds: await describeSeconds(place) }
}

const described = 50

async function describeSeconds({ servers }: SmallPlace): Promise<number> {
  const options = { address: servers.temporalAddress, namespace: 'default', tls: false, apiKey: undefined } as const
  const temporal = openTemporal(options)
  const gateway = createScheduleGateway(temporal, { taskQueue: 'without-worker' }, async () => 'bench')
  try {
    const specs = Array.from({ length: described }, (_, n) => specOf(`described-${n}`))
    for (const spec of specs) await gateway.apply(spec)
    const began = performance.now()
    for (const spec of specs) await gateway.compare(spec)
    return (performance.now() - began) / 1000 / described
  } finally {
    await temporal[Symbol.asyncDispose]()
  }
}

function specOf(tenantId: string): ReturnType<typeof scheduleSpec> {
  const wanted = {
    exportOption: 'EXPORT_ALL',
    frequency: 'DAILY',
    entities: ['user'],
    schedule: defaultScheduleTime,
    fileFormat: defaultFileFormat,
    encryption: null,
  } as const
  const registration = replaceRegistration(undefined, wanted, { tenantId, by: 'bench', at: new Date() })
  return scheduleSpec(registration, ['user'], { jitterSeconds: 0 })
}
