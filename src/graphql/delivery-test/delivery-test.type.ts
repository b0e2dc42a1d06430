import { Field, Int, ObjectType } from 'type-graphql'
import {
  type DeliveryTestStatus,
  deliveryTestStatuses,
  type DeliveryTestStep,
  type DeliveryTestStepName,
  deliveryTestSteps,
} from '../../domain/delivery-test.js'
import { meaningsOf } from '../../domain/described.js'
import type { DeliveryTest } from '../../services/test-delivery.js'
import { enumOf } from '../enum.js'
import { listComplexity } from '../limits.js'
import { UserErrorType } from '../user-error.type.js'

const stepNames = Object.keys(deliveryTestSteps)

const DeliveryTestStepNameEnum = enumOf(
  'DeliveryTestStepName',
  'The steps of a test of the delivery, in their order.',
  meaningsOf(deliveryTestSteps),
)

const DeliveryTestStatusEnum = enumOf('DeliveryTestStatus', 'How a step of a test ended.', deliveryTestStatuses)

@ObjectType('DeliveryTestStep', { description: 'One step of a test of the delivery.' })
export class DeliveryTestStepType implements DeliveryTestStep {
  @Field(() => DeliveryTestStepNameEnum, { description: 'The step.' })
  readonly name!: DeliveryTestStepName

  @Field(() => DeliveryTestStatusEnum, { description: 'How the step ended.' })
  readonly status!: DeliveryTestStatus

  @Field(() => Int, {
    nullable: true,
    description:
      'The duration of the step in milliseconds. Null if the step was skipped, and for SOURCE_TRIGGER and SOURCE_INDEX, ' +
      'which are part of SOURCE_RIGHTS.',
  })
  readonly durationMs!: number | null

  @Field(() => String, {
    nullable: true,
    description:
      'The code of the failure or the warning, such as SFTP_NO_SPACE. The runbook has a page for each code of a failure. ' +
      'Null if there is none.',
  })
  readonly code!: DeliveryTestStep['code']

  @Field(() => String, {
    nullable: true,
    description: 'What was found. An operator reads the cause, and a tenant a fixed message. Null if all is well.',
  })
  readonly message!: string | null

  @Field(() => String, { nullable: true, description: 'What to do. Null if nothing has to be done.' })
  readonly remedy!: string | null
}

@ObjectType('DeliveryTest', { description: 'A test of the delivery, step by step.' })
export class DeliveryTestType implements DeliveryTest {
  @Field(() => Boolean, { description: 'Whether no step has failed.' })
  readonly passed!: boolean

  @Field(() => [DeliveryTestStepType], {
    description: 'All steps, in their order. After a failed step, the steps that need it are skipped.',
    complexity: listComplexity(stepNames.length),
  })
  readonly steps!: readonly DeliveryTestStepType[]
}

@ObjectType('TestDeliveryPayload', { description: 'The result of a test of the delivery, or why no test was made.' })
export class TestDeliveryPayload {
  @Field(() => DeliveryTestType, { nullable: true, description: 'The test. Null with user errors.' })
  readonly test!: DeliveryTestType | null

  @Field(() => [UserErrorType], { description: 'Why no test was made. Empty if the call succeeded.' })
  readonly userErrors!: readonly UserErrorType[]
}
