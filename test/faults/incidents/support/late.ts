import type { TestTenant } from '../../../support/world/tenant.js'
import type { World } from '../../../support/world/world.js'

/** Lets the time pass at which the first files of a tenant are expected: it seems to have registered days ago. */
export async function letFilesBecomeDue(world: World, { id }: TestTenant): Promise<void> {
  await world.own(`
    UPDATE tidemark.registered_entity SET activated_at = activated_at - interval '3 days' WHERE tenant_id = '${id}'`)
}
