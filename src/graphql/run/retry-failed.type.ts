import { ArgsType, Field, ID, ObjectType } from 'type-graphql'
import type { ExportErrorCode } from '../../domain/errors.js'
import { type FailedRunsRequest, mostTenantsRetried, type RetryLines } from '../../services/runs/retry-failed.js'
import { listComplexity } from '../limits.js'
import { DateTime } from '../scalars.js'
import { UserErrorType } from '../user-error.type.js'
import { ExportErrorCodeEnum } from './run.enums.js'

@ArgsType()
export class RetryFailedExportsArgs implements Omit<FailedRunsRequest, 'tenantId'> {
  @Field(() => DateTime, {
    nullable: true,
    description: 'Only runs that ended at this time or later. Null means no limit.',
  })
  readonly since?: Date | null

  @Field(() => ExportErrorCodeEnum, {
    nullable: true,
    description: 'Only runs with this code, in the run or in one of its entities. Null means all codes.',
  })
  readonly code?: ExportErrorCode | null

  @Field(() => String, {
    nullable: true,
    description:
      'Only tenants whose id comes after this one: the `next` of the call before. Null begins with the first.',
  })
  readonly after?: string | null
}

@ObjectType('RetriedExport', { description: 'What became of the failed run of one tenant.' })
export class RetriedExport {
  @Field(() => String, { description: 'The id of the tenant.' })
  readonly tenantId!: string

  @Field(() => ID, {
    nullable: true,
    description: 'The id of the run that failed. Null if it is no longer the last run.',
  })
  readonly failedRunId!: string | null

  @Field(() => ID, { nullable: true, description: 'The id of the run that was started. Null if none was started.' })
  readonly runId!: string | null

  @Field(() => [UserErrorType], { description: 'Why no run was started. Empty if a run was started.' })
  readonly userErrors!: readonly UserErrorType[]
}

@ObjectType('RetryFailedExportsPayload', { description: 'One line for each tenant whose last run failed.' })
export class RetryFailedExportsPayload {
  @Field(() => [RetriedExport], {
    description: `The lines, in the order of the ids of the tenants. There are at most ${mostTenantsRetried}.`,
    complexity: listComplexity(mostTenantsRetried),
  })
  readonly lines!: readonly RetriedExport[]

  @Field(() => String, {
    nullable: true,
    description:
      'The last tenant of this call. Pass it as `after` of the next call. Null if there are no more tenants.',
  })
  readonly next!: string | null
}

export function toRetryPayload({ lines, next }: RetryLines): RetryFailedExportsPayload {
  return {
    lines: lines.map(({ tenantId, failedRun, run, userErrors }) => ({
      tenantId,
      failedRunId: failedRun?.id ?? null,
      runId: run?.id ?? null,
      userErrors,
    })),
    next,
  }
}
