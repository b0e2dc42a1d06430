import type { Admin } from '../compose/admin.js'
import { openAdmin } from './commands/open-admin.js'
import { ended } from './commands/follow.js'
import { printChecks } from './doctor-command.js'
import { exitCodes } from './exit-codes.js'
import { type JsonOption, valueOf } from './output.js'

export interface TenantDoctorOptions extends JsonOption {
  readonly tenant: string
  readonly fix?: true
}

/** Explains the state of a tenant, and with `--fix` repairs it first. What the repair does goes to standard error. */
export async function tenantDoctorCommand(options: TenantDoctorOptions, stop: AbortSignal): Promise<void> {
  await using admin = await openAdmin()
  if (options.fix && !(await isRepaired(admin, options.tenant, stop))) return
  process.exitCode = printChecks(await admin.tenantDoctor.examine(options.tenant), options)
}

async function isRepaired(admin: Admin, tenant: string, stop: AbortSignal): Promise<boolean> {
  const repaired = valueOf(await admin.tenantDoctor.repair(tenant))
  if (!repaired) return false
  for (const id of repaired.endedRuns) console.error(`Ended run ${id}, which Temporal did not have: RUN_LOST.`)
  console.error('The schedule follows the registration.')
  console.error(`Run ${repaired.run.id} exports nothing, and repairs the rest. It needs a worker.`)
  const run = await ended(admin, repaired.run, stop)
  console.error(`Run ${run.id} is ${run.status}.`)
  if (run.status === 'SUCCEEDED') return true
  if (run.error) console.error(`${run.error.code}: ${run.error.message}`)
  process.exitCode = exitCodes.FOUND.code
  return false
}
