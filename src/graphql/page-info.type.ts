import { Field, ObjectType } from 'type-graphql'
import type { Page } from '../services/page.js'

@ObjectType('PageInfo', {
  description: 'Whether there are pages before and after a page, and the cursors to fetch them.',
})
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there is a next page. Fetch it with `after: endCursor`.' })
  readonly hasNextPage!: boolean

  @Field(() => Boolean, { description: 'Whether there is a previous page. Fetch it with `before: startCursor`.' })
  readonly hasPreviousPage!: boolean

  @Field(() => String, { nullable: true, description: 'The cursor of the first edge. Null if the page is empty.' })
  readonly startCursor!: string | null

  @Field(() => String, { nullable: true, description: 'The cursor of the last edge. Null if the page is empty.' })
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
