import { Authorized, Ctx, Mutation, Resolver } from 'type-graphql'
import type { Scope } from '../../domain/actor.js'
import type { DeliveryTests } from '../../services/test-delivery.js'
import type { AuthorizedContext } from '../context.js'
import { TestDeliveryPayload } from './delivery-test.type.js'

@Resolver()
export class DeliveryTestResolver {
  constructor(private readonly tests: DeliveryTests) {}

  @Authorized<Scope>('exports:write')
  @Mutation(() => TestDeliveryPayload, {
    description:
      "Tests each step of a delivery on a worker: it writes a small hidden file to the tenant's folder on the SFTP server, " +
      'renames and removes it, and checks the source. It names the step that fails. No file is published. The call takes ' +
      'up to 45 s, and counts as a run in the rate limit. Requires the scope exports:write.',
  })
  async testDelivery(@Ctx() { actor }: AuthorizedContext): Promise<TestDeliveryPayload> {
    const outcome = await this.tests.test(actor)
    return outcome.ok ? { test: outcome.value, userErrors: [] } : { test: null, userErrors: outcome.userErrors }
  }
}
