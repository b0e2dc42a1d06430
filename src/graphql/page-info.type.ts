import { Field, ObjectType } from 'type-graphql'
import type { Page } from '../services/page.js'

@ObjectType('PageInfo', { description: 'Where a page stands among all pages.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there is more after it, asked for with `after: endCursor`.' })
  readonly hasNextPage!: boolean

  @Field(() => Boolean, { description: 'Whether there is more before it, asked for with `before: startCursor`.' })
  readonly hasPreviousPage!: boolean

  @Field(() => String, { nullable: true, description: 'The cursor of its first edge; null on an empty page.' })
  readonly startCursor!: string | null

  @Field(() => String, { nullable: true, description: 'The cursor of its last edge; null on an empty page.' })
  readonly endCursor!: string | null
}

export function toPageInfo({ edges, hasNextPage, hasPreviousPage }: Page<unknown>): PageInfo {
  return {
    hasNextPage,
    hasPreviousPage,
    startCursor: edges[0]?.cursor ?? null,
    endCursor: edges.at(-1)?.cursor ?? null,
  }
}
