import { loadCatalog } from '../../src/catalog/load.js'
import { openDatabase } from '../../src/database/client.js'
import { createTransact } from '../../src/database/unit-of-work/unit-of-work.js'
import { defaultFileFormat } from '../../src/domain/file-format.js'
import { defaultScheduleTime } from '../../src/domain/schedule-time.js'
import { replaceRegistration } from '../../src/domain/registration.js'
import { isUnavailable } from '../../src/domain/errors.js'
import { createScheduleGateway, type ScheduleGateway } from '../../src/schedules/schedule-gateway.js'
import { scheduleSpec, type ScheduleSpec } from '../../src/schedules/schedule-spec.js'
import { openTemporal } from '../../src/schedules/temporal.js'

/** Puts tenants with all entities on record, with their schedules made, as far as the record says. */
export async function registerAll(databaseUrl: string, tenantIds: readonly string[]): Promise<void> {
  const database = openDatabase({ url: databaseUrl, poolSize: 4 })
  const transact = createTransact(database)
  const entities = (await loadCatalog(undefined)).entities.map(({ name }) => name)
  for (const tenantId of tenantIds) {
    await transact(tenantId, async ({ registration }) => {
      const before = await registration.find()
      await registration.recordSchedule(
        await registration.replace(before, registered(tenantId, entities, before?.registration)),
      )
    })
  }
  await database.close()
}

const written = { fileFormat: defaultFileFormat, encryption: null }

function registered(
  tenantId: string,
  entities: readonly string[],
  current?: Parameters<typeof replaceRegistration>[0],
): ReturnType<typeof replaceRegistration> {
  const target = {
    exportOption: 'EXPORT_ALL',
    frequency: 'DAILY',
    schedule: defaultScheduleTime,
    entities,
    ...written,
  } as const
  return replaceRegistration(current, target, { tenantId, by: 'bench', at: new Date() })
}

export interface BareSchedules {
  /** Schedules made in a second. */
  readonly made: number
  /** Schedules changed in a second. */
  readonly changed: number
}

/**
 * What Temporal alone takes for schedules like Tidemark's, four at a time as Tidemark asks for them.
 * @param round schedules of another round are new ones
 */
export async function bareSchedules(address: string, round: number): Promise<BareSchedules> {
  const temporal = openTemporal({ address, namespace: 'default', tls: false, apiKey: undefined })
  const gateway = createScheduleGateway(temporal, { taskQueue: 'without-worker' }, async () => 'bench')
  const rounds = async (): Promise<number> => {
    const started = performance.now()
    const fill = async (lane: number): Promise<void> => {
      for (let n = 0; n < perLane; n++) {
        const registration = registered(`bare-${round}-${lane}-${n}`, ['user'])
        await applied(gateway, scheduleSpec(registration, ['user'], { jitterSeconds: 0 }))
      }
    }
    await Promise.all(Array.from({ length: lanes }, (_, n) => fill(n)))
    return (lanes * perLane * 1000) / (performance.now() - started)
  }
  try {
    return { made: await rounds(), changed: await rounds() }
  } finally {
    await temporal[Symbol.asyncDispose]()
  }
}

/** Tries again while Temporal is too busy, as the reconciler does. That takes time, too. */
async function applied(gateway: ScheduleGateway, spec: ScheduleSpec): Promise<void> {
  for (;;) {
    try {
      return await gateway.apply(spec)
    } catch (error) {
      if (!isUnavailable(error)) throw error
    }
  }
}

const lanes = 4
const perLane = 25
