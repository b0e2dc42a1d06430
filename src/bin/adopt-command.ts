import { type AdoptionPlan, type AdoptionRequest, openAdopter, printAdoption } from '../compose/source-adopter.js'
import { readEnvironment } from '../config/env.js'
import { loadSourceOwnerConfig } from '../config/source-owner-config.js'
import { type JsonOption, printJson } from './output.js'
import { isReported } from './source-errors.js'

/** The command line options of `source adopt`. */
export interface AdoptOptions extends JsonOption {
  readonly table: AdoptionRequest['table']
  readonly tenant: string
  readonly tenantId?: string
  readonly key?: string[]
  readonly updatedAt: string
  readonly changeXid: string
  readonly dated: Date
  readonly tombstones?: true
  readonly reader?: string
  readonly apply?: true
  readonly lockSeconds: number
}

/** How often a statement is tried that does not get its lock, and the pause in which waiting writers continue. */
const attempts = 30
const pauseMs = 5_000

/** Prints or runs what the table lacks. */
export async function adoptCommand(options: AdoptOptions, stop: AbortSignal): Promise<void> {
  const { ownerUrl, reader } = loadSourceOwnerConfig(readEnvironment())
  const request = requestOf(options, reader)
  try {
    await using adopter = await openAdopter(ownerUrl)
    const plan = await adopter.plan(request)
    if (options.apply) {
      const onProgress = (line: string): void => console.error(line)
      await adopter.apply(request, plan, {
        lockSeconds: options.lockSeconds,
        attempts,
        pauseMs,
        signal: stop,
        onProgress,
      })
    }
    show(options, plan)
  } catch (error) {
    if (!isReported(error)) throw error
  }
}

function requestOf(options: AdoptOptions, reader: string | undefined): AdoptionRequest {
  const { table, tenant, tenantId, key, updatedAt, changeXid, dated, tombstones = false } = options
  const role = options.reader ?? reader
  return {
    ...{ table, tenantColumn: tenant, updatedAtColumn: updatedAt, changeXidColumn: changeXid, tombstones },
    dated: dated.toISOString(),
    ...(tenantId !== undefined && { tenantId }),
    ...(key && { key }),
    ...(role !== undefined && { reader: role }),
  }
}

/** Standard output has the SQL only, so that it can be stored in a file. */
function show({ json, apply, lockSeconds, table }: AdoptOptions, plan: AdoptionPlan): void {
  if (json) return printJson(plan)
  if (!apply && plan.steps.length > 0) return console.log(printAdoption(plan, lockSeconds))
  for (const remark of plan.remarks) console.error(remark)
  const name = `${table.schema}.${table.name}`
  console.error(
    plan.steps.length === 0 ? `${name} lacks nothing.` : `${name} is ready. Steps taken: ${plan.steps.length}.`,
  )
}
