import { Arg, Authorized, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql'
import type { Scope } from '../../domain/actor.js'
import type { SftpKeys } from '../../services/sftp-keys.js'
import type { AuthorizedContext } from '../context.js'
import { SftpAccessType, toSftpAccess } from './sftp-access.type.js'
import { AddSftpKeyPayload, RemoveSftpKeyPayload, toSftpKey } from './sftp-key.type.js'

@Resolver(() => SftpAccessType)
export class SftpResolver {
  constructor(private readonly keys: SftpKeys) {}

  @Authorized<Scope>('exports:read')
  @Query(() => SftpAccessType, {
    description:
      'The SFTP account from which the tenant fetches its files, and its keys. Requires the scope exports:read.',
  })
  async sftpAccess(@Ctx() { actor }: AuthorizedContext): Promise<SftpAccessType> {
    return toSftpAccess(await this.keys.access(actor))
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => AddSftpKeyPayload, {
    description:
      "Adds a public key to the tenant's SFTP account. It is valid from the next login on. " +
      'Requires the scope exports:write.',
  })
  async addSftpKey(
    @Arg('publicKey', () => String, { description: 'The line of a .pub file: `ssh-ed25519 AAAA…`.' })
    publicKey: string,
    @Arg('label', () => String, { description: 'The name of the key in lists, such as `warehouse loader`.' })
    label: string,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<AddSftpKeyPayload> {
    const added = await this.keys.add(actor, { publicKey, label })
    if (!added.ok) return { key: null, userErrors: added.userErrors }
    return { key: toSftpKey(added.value), userErrors: [] }
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => RemoveSftpKeyPayload, {
    description:
      'Removes a key. It can no longer log in, and its open sessions end within seconds. Requires the scope exports:write.',
  })
  async removeSftpKey(
    @Arg('id', () => ID, { description: 'The id of the key.' }) id: string,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<RemoveSftpKeyPayload> {
    const removed = await this.keys.remove(actor, id)
    if (!removed.ok) return { key: null, userErrors: removed.userErrors }
    return { key: toSftpKey(removed.value), userErrors: [] }
  }
}
