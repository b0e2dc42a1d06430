import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import { remedyFor } from '../../domain/tenant-messages.js'
import type { OperatorContext } from '../context.js'
import { ExportRunError } from './run-entity.type.js'

@Resolver(() => ExportRunError)
export class RunErrorResolver {
  @FieldResolver(() => String, {
    description: 'What the reader can do about it. Operators of the platform get another remedy than tenants.',
  })
  remedy(@Root() { code }: ExportRunError, @Ctx() { actor }: OperatorContext): string {
    return remedyFor(code, actor)
  }
}
