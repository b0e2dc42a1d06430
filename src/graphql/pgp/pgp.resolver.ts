import { Arg, Authorized, Ctx, Mutation, Query, Resolver } from 'type-graphql'
import type { Scope } from '../../domain/actor.js'
import type { PgpKeys } from '../../services/pgp-keys.js'
import type { AuthorizedContext } from '../context.js'
import { AddPgpKeyPayload, PgpKeysType, RemovePgpKeyPayload, toPgpKey, toPgpKeys } from './pgp-key.type.js'

@Resolver(() => PgpKeysType)
export class PgpResolver {
  constructor(private readonly keys: PgpKeys) {}

  @Authorized<Scope>('exports:read')
  @Query(() => PgpKeysType, {
    description:
      "The tenant's PGP keys, and the key with which the operator signs files. Requires the scope exports:read.",
  })
  async pgpKeys(@Ctx() { actor }: AuthorizedContext): Promise<PgpKeysType> {
    return toPgpKeys(await this.keys.list(actor))
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => AddPgpKeyPayload, {
    description:
      'Adds a public key that files can be encrypted to. If the registration encrypts files to all keys, the key is used ' +
      'from the next file on. Requires the scope exports:write.',
  })
  async addPgpKey(
    @Arg('publicKey', () => String, {
      description: 'One armored public key, at most 64 KB: the output of `gpg --armor --export KEY`.',
    })
    publicKey: string,
    @Arg('label', () => String, { description: 'The name of the key in lists, such as `warehouse 2027`.' })
    label: string,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<AddPgpKeyPayload> {
    const added = await this.keys.add(actor, { publicKey, label })
    if (!added.ok) return { key: null, userErrors: added.userErrors }
    return { key: toPgpKey(actor.tenantId, added.value), userErrors: [] }
  }

  @Authorized<Scope>('exports:write')
  @Mutation(() => RemovePgpKeyPayload, {
    description:
      'Removes a key. No file is encrypted to it afterwards. A key that the registration names, and the last valid key of a ' +
      'registration with encryption, cannot be removed. Requires the scope exports:write.',
  })
  async removePgpKey(
    @Arg('fingerprint', () => String, { description: 'The fingerprint of the key.' }) fingerprint: string,
    @Ctx() { actor }: AuthorizedContext,
  ): Promise<RemovePgpKeyPayload> {
    const removed = await this.keys.remove(actor, fingerprint)
    if (!removed.ok) return { key: null, userErrors: removed.userErrors }
    return { key: toPgpKey(actor.tenantId, removed.value), userErrors: [] }
  }
}
