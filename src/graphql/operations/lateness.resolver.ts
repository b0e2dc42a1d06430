import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import type { Lateness } from '../../domain/lateness.js'
import type { TenantLateness } from '../../services/lateness.js'
import type { AuthorizedContext } from '../context.js'
import { DataExport } from '../registration/registration.type.js'
import { DateTime } from '../scalars.js'

/** The fields of a registration that are computed from the ledger. */
@Resolver(() => DataExport)
export class LatenessResolver {
  /** The three fields of one answer share a read. */
  readonly #reads = new WeakMap<DataExport, Promise<Lateness | null>>()

  constructor(private readonly lateness: TenantLateness) {}

  @FieldResolver(() => DateTime, {
    nullable: true,
    description:
      'The latest time at which the pending files are expected: their boundary and a grace. Null while the export is paused or ' +
      'disabled.',
  })
  async expectedBy(@Root() dataExport: DataExport, @Ctx() context: AuthorizedContext): Promise<Date | null> {
    return (await this.#read(dataExport, context))?.expectedBy ?? null
  }

  @FieldResolver(() => Boolean, { description: 'Whether the expected time has passed and files are not published.' })
  async overdue(@Root() dataExport: DataExport, @Ctx() context: AuthorizedContext): Promise<boolean> {
    return (await this.#read(dataExport, context))?.overdue ?? false
  }

  @FieldResolver(() => DateTime, {
    nullable: true,
    description: 'The expected time of the first overdue file. Null if no file is overdue.',
  })
  async overdueSince(@Root() dataExport: DataExport, @Ctx() context: AuthorizedContext): Promise<Date | null> {
    return (await this.#read(dataExport, context))?.overdueSince ?? null
  }

  #read(dataExport: DataExport, { actor }: AuthorizedContext): Promise<Lateness | null> {
    const read = this.#reads.get(dataExport) ?? this.lateness.of(actor)
    this.#reads.set(dataExport, read)
    return read
  }
}
