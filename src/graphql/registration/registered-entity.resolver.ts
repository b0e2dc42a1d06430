import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import type { Delivery } from '../../domain/delivery.js'
import type { Catalog } from '../../domain/entity.js'
import type { Deliveries } from '../../services/deliveries.js'
import type { EntityLateness, TenantLateness } from '../../services/lateness.js'
import type { RegistrationView } from '../../services/registrations/registration-view.js'
import type { AuthorizedContext } from '../context.js'
import { ExportDelivery, toExportDelivery } from '../delivery/delivery.type.js'
import { DateTime } from '../scalars.js'
import { RegisteredEntityType } from './registration.type.js'

type Read<T> = WeakMap<RegistrationView, Promise<ReadonlyMap<string, T>>>

/** The fields of a registered entity that come from the ledger. */
@Resolver(() => RegisteredEntityType)
export class RegisteredEntityResolver {
  /** All entities of one answer share a read. */
  readonly #lateness: Read<EntityLateness> = new WeakMap()
  readonly #newest: Read<Delivery> = new WeakMap()

  constructor(
    private readonly deliveries: Deliveries,
    private readonly lateness: TenantLateness,
    private readonly catalog: Catalog,
  ) {}

  @FieldResolver(() => ExportDelivery, {
    nullable: true,
    description: 'The newest published file of the entity. Null if there is none.',
  })
  async lastDelivery(
    @Root() { registration, entity }: RegisteredEntityType,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<ExportDelivery | null> {
    const names = registration.entities.map((each) => each.entity.name)
    const newest = await shared(this.#newest, registration, async () => {
      const found = await this.deliveries.newest(actor, names)
      return new Map(found.map((delivery) => [delivery.entity, delivery]))
    })
    const delivery = newest.get(entity.internalName)
    return delivery ? toExportDelivery(delivery, this.catalog) : null
  }

  @FieldResolver(() => DateTime, {
    nullable: true,
    description:
      'The end of the last published window of the entity. The next file starts there. Null if the entity has no file.',
  })
  async coveredUntil(@Root() root: RegisteredEntityType, @Ctx() context: AuthorizedContext): Promise<Date | null> {
    return (await this.#latenessOf(root, context))?.coveredUntil ?? null
  }

  @FieldResolver(() => Boolean, {
    description:
      'Whether the expected time of the pending file of the entity has passed, and the file is not published.',
  })
  async overdue(@Root() root: RegisteredEntityType, @Ctx() context: AuthorizedContext): Promise<boolean> {
    return (await this.#latenessOf(root, context))?.overdue ?? false
  }

  @FieldResolver(() => DateTime, {
    nullable: true,
    description:
      'The boundary at which the pending file of the entity is due. It is in the past until that file is published. Null while ' +
      'the export is paused or disabled, and for an inactive entity.',
  })
  async nextDeliveryAt(@Root() root: RegisteredEntityType, @Ctx() context: AuthorizedContext): Promise<Date | null> {
    return (await this.#latenessOf(root, context))?.dueAt ?? null
  }

  async #latenessOf(
    { registration, entity }: RegisteredEntityType,
    { actor }: AuthorizedContext,
  ): Promise<EntityLateness | undefined> {
    const read = await shared(this.#lateness, registration, () => this.lateness.ofEntities(actor, registration))
    return read.get(entity.internalName)
  }
}

function shared<T>(
  reads: Read<T>,
  view: RegistrationView,
  read: () => Promise<ReadonlyMap<string, T>>,
): Promise<ReadonlyMap<string, T>> {
  const begun = reads.get(view) ?? read()
  reads.set(view, begun)
  return begun
}
