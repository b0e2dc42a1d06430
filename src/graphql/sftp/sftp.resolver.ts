import { Arg, Authorized, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql'
import type { Scope } from '../../domain/actor.js'
import type { SftpKeys } from '../../services/sftp-keys.js'
import type { AuthorizedContext } from '../context.js'
import { SftpAccess, toSftpAccess } from './sftp-access.type.js'
import { AddSftpKeyPayload, RemoveSftpKeyPayload, toSftpKey } from './sftp-key.type.js'

@Resolver(() => SftpAccess)
export class SftpResolver {
  constructor(private readonly keys: SftpKeys) {}

  @Authorized<Scope>('exports:read')
  @Query(() => SftpAccess, {
    description: 'Where the tenant fetches its files, and the keys that may log in. Needs the scope exports:read.',
  })
  async sftpAccess(@Ctx() { actor }: AuthorizedContext): Promise<SftpAccess> {
    return toSftpAccess(await this.keys.access(actor))
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => AddSftpKeyPayload, {
    description:
      "Lets whoever holds the key's private half fetch the tenant's files, from the next login on. " +
      'Needs the scope exports:write.',
  })
  async addSftpKey(
    @Arg('publicKey', () => String, { description: 'The one line of a .pub file: `ssh-ed25519 AAAA…`.' })
    publicKey: string,
    @Arg('label', () => String, { description: 'What the key is called in lists, e.g. `warehouse loader`.' })
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
      'Shuts a key out: it logs in no more, and what it has open ends within seconds. Needs the scope exports:write.',
  })
  async removeSftpKey(
    @Arg('id', () => ID, { description: 'Of the key.' }) id: string,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<RemoveSftpKeyPayload> {
    const removed = await this.keys.remove(actor, id)
    if (!removed.ok) return { key: null, userErrors: removed.userErrors }
    return { key: toSftpKey(removed.value), userErrors: [] }
  }
}
