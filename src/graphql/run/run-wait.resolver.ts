import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import { remedyFor } from '../../domain/tenant-messages.js'
import type { OperatorContext } from '../context.js'
import { ExportRunWait } from './run-entity.type.js'

@Resolver(() => ExportRunWait)
export class RunWaitResolver {
  @FieldResolver(() => String, {
    description:
      'What the reader can do so that it continues. Operators of the platform get another remedy than tenants.',
  })
  remedy(@Root() { code }: ExportRunWait, @Ctx() { actor }: OperatorContext): string {
    return remedyFor(code, actor)
  }
}
