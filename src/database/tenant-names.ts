import { InvalidTenantError } from '../domain/access.js'
import { isDeviceName } from '../domain/actor.js'
import type { Transaction } from './client.js'

/**
 * Claims an id for its tenant, before anything else of the tenant is stored. Tenants that an earlier release knew keep their ids.
 * @throws InvalidTenantError if another tenant's id differs from it only in case, or if it can't be a folder on some servers
 */
export async function claimTenantName(transaction: Transaction, tenantId: string): Promise<void> {
  const folded = tenantId.toLowerCase()
  const { count } = await transaction.tenantName.createMany({ data: { folded, tenantId }, skipDuplicates: true })
  if (count === 1 && isDeviceName(tenantId)) {
    throw new InvalidTenantError(
      `The tenant's id ${tenantId} can't be used: it is the name of a device on Windows servers.`,
    )
  }
  // Row-level security shows the row only to its own tenant.
  if (count === 0 && !(await transaction.tenantName.findUnique({ where: { folded } }))) {
    throw new InvalidTenantError(
      `The tenant's id ${tenantId} can't be used: another tenant's differs from it only in case.`,
    )
  }
}
