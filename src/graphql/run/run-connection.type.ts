import { Field, ObjectType } from 'type-graphql'
import { PageInfo } from '../page-info.type.js'
import { UserErrorType } from '../user-error.type.js'
import { ExportRun } from './run.type.js'

@ObjectType('ExportRunEdge', { description: 'A run within a page.' })
export class ExportRunEdge {
  @Field(() => String, { description: 'Stands for the place of the run, for `after` and `before`.' })
  readonly cursor!: string

  @Field(() => ExportRun, { description: 'The run.' })
  readonly node!: ExportRun
}

@ObjectType('ExportRunConnection', { description: 'A page of runs, newest first, after the Relay specification.' })
export class ExportRunConnection {
  @Field(() => [ExportRunEdge], { description: 'The runs of the page.' })
  readonly edges!: readonly ExportRunEdge[]

  @Field(() => PageInfo, { description: 'Whether there are more.' })
  readonly pageInfo!: PageInfo
}

@ObjectType('RunDataExportPayload', { description: 'The run that was started, or why none was.' })
export class RunDataExportPayload {
  @Field(() => ExportRun, { nullable: true, description: 'The run, just queued; null with user errors.' })
  readonly run!: ExportRun | null

  @Field(() => [UserErrorType], { description: 'Why no run was started.' })
  readonly userErrors!: readonly UserErrorType[]
}
