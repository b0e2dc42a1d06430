import { Ctx, FieldResolver, Resolver } from 'type-graphql'
import type { Fetches } from '../../services/fetches.js'
import type { AuthorizedContext } from '../context.js'
import { DataExport } from '../registration/registration.type.js'
import { ExportUnfetchedFiles } from './fetch.type.js'

/** The warning to a tenant that does not fetch its files. */
@Resolver(() => DataExport)
export class UnfetchedResolver {
  constructor(private readonly fetches: Fetches) {}

  @FieldResolver(() => ExportUnfetchedFiles, {
    nullable: true,
    description:
      'The delivered files that the tenant has not fetched for days (UNFETCHED_AFTER_DAYS, 7 by default). Null if there are none, ' +
      'if the SFTP server does not report fetches, and for a tenant without SFTP keys that has fetched nothing before. Files that ' +
      'were replaced or removed do not count.',
  })
  async unfetchedFiles(@Ctx() { actor }: AuthorizedContext): Promise<ExportUnfetchedFiles | null> {
    return this.fetches.unfetched(actor)
  }
}
