import { Field, ObjectType } from 'type-graphql'
import { PageInfo } from '../page-info.type.js'
import { UserErrorType } from '../user-error.type.js'
import { ExportRun } from './run.type.js'

@ObjectType('ExportRunEdge', { description: 'A run in a page, with its cursor.' })
export class ExportRunEdge {
  @Field(() => String, { description: 'The cursor of the run, for `after` and `before`.' })
  readonly cursor!: string

  @Field(() => ExportRun, { description: 'The run.' })
  readonly node!: ExportRun
}

@ObjectType('ExportRunConnection', {
  description: 'A page of runs, newest first, as the Relay specification defines it.',
})
export class ExportRunConnection {
  @Field(() => [ExportRunEdge], { description: 'The runs of the page.' })
  readonly edges!: readonly ExportRunEdge[]

  @Field(() => PageInfo, { description: 'Whether there are pages before and after this one.' })
  readonly pageInfo!: PageInfo
}

@ObjectType('CancelExportRunPayload', { description: 'The run that was cancelled, or why it was not cancelled.' })
export class CancelExportRunPayload {
  @Field(() => ExportRun, {
    nullable: true,
    description: 'The run. While its status is QUEUED or RUNNING, it has not ended yet. Null with user errors.',
  })
  readonly run!: ExportRun | null

  @Field(() => [UserErrorType], { description: 'Why the run was not cancelled. Empty if the call succeeded.' })
  readonly userErrors!: readonly UserErrorType[]
}

@ObjectType('RunDataExportPayload', { description: 'The run that was started, or why no run was started.' })
export class RunDataExportPayload {
  @Field(() => ExportRun, { nullable: true, description: 'The run, which is queued. Null with user errors.' })
  readonly run!: ExportRun | null

  @Field(() => [UserErrorType], { description: 'Why no run was started.' })
  readonly userErrors!: readonly UserErrorType[]
}
