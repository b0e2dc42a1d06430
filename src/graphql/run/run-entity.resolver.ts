import { FieldResolver, Resolver, Root } from 'type-graphql'
import type { Catalog } from '../../domain/entity.js'
import { ExportDelivery, toExportDelivery } from '../delivery/delivery.type.js'
import { ExportRunEntity } from './run-entity.type.js'

@Resolver(() => ExportRunEntity)
export class RunEntityResolver {
  constructor(private readonly catalog: Catalog) {}

  @FieldResolver(() => ExportDelivery, {
    nullable: true,
    description: 'The file that the run published for the entity. Null until it is published, and if it never was.',
  })
  async delivery(@Root() { findDelivery }: ExportRunEntity): Promise<ExportDelivery | null> {
    const delivery = await findDelivery()
    return delivery ? toExportDelivery(delivery, this.catalog) : null
  }
}
