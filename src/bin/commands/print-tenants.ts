import type { Admin } from '../../compose/admin.js'
import { count, time } from '../output.js'
import { printTable } from '../print-table.js'

export type Tenant = Awaited<ReturnType<Admin['operations']['tenantsMatching']>>[number]

export function printTenants(tenants: readonly Tenant[]): void {
  const isOfFetches = tenants.some(({ unfetched }) => unfetched !== null)
  printTable(
    [
      ...[
        'tenant',
        'schedule',
        'last success',
        'next run',
        'overdue since',
        'failing since',
        'bytes in 30 days',
        'cause',
      ],
      ...(isOfFetches ? ['not fetched', 'since'] : []),
    ],
    tenants.map((tenant) => [
      tenant.tenantId,
      scheduleOf(tenant),
      time(tenant.lastSuccessAt),
      time(tenant.nextRunAt),
      time(tenant.overdueSince),
      time(tenant.failingSince),
      count(tenant.deliveredBytes),
      tenant.cause ? `${tenant.cause.code}: ${tenant.cause.message}` : '',
      ...(tenant.unfetched ? [count(tenant.unfetched.files), time(tenant.unfetched.oldest)] : []),
    ]),
  )
}

function scheduleOf({ exportOption, frequency, scheduleState, pausedAt, pausedNote }: Tenant): string {
  if (exportOption === 'DISABLE_EXPORT') return 'disabled'
  if (pausedAt !== null) return `paused ${time(pausedAt)}`
  if (pausedNote !== null) return 'paused in Temporal'
  return scheduleState === 'PENDING' ? `${frequency}, pending` : frequency
}
