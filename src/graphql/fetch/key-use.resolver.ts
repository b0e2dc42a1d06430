import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import type { Fetches } from '../../services/fetches.js'
import type { AuthorizedContext } from '../context.js'
import { DateTime } from '../scalars.js'
import { SftpKeyType } from '../sftp/sftp-key.type.js'
import { readTogether } from './read-together.js'

/** When a key was last used, as SFTP servers report it. */
@Resolver(() => SftpKeyType)
export class KeyUseResolver {
  readonly #find: (context: AuthorizedContext, key: SftpKeyType) => Promise<Date | undefined>

  constructor(fetches: Fetches) {
    this.#find = readTogether(async ({ actor }) => {
      const uses = await fetches.keyUses(actor)
      return ({ fingerprint }) => uses.get(fingerprint)
    })
  }

  @FieldResolver(() => DateTime, {
    nullable: true,
    description:
      'The time when the key last logged in or fetched a file. Null if it was not used since it was added, or if the SFTP server ' +
      'does not report it.',
  })
  async lastUsedAt(@Root() key: SftpKeyType, @Ctx() context: AuthorizedContext): Promise<Date | null> {
    const used = await this.#find(context, key)
    // The same key may have been removed and added again.
    return used && used >= key.addedAt ? used : null
  }
}
