import type { ReactNode } from 'react'
import { useMutation } from 'urql'
import { formatDuration } from '../../format/dates'
import type { TestDeliveryMutation } from '../../gql/graphql'
import { Badge } from '../../ui/badge'
import { Button } from '../../ui/button'
import { Failure } from '../../ui/failure'
import { Loading, Notice } from '../../ui/notice'
import { Section } from '../../ui/page'
import { UserErrors } from '../../ui/user-errors'
import { testStatuses, testSteps } from './run-words'
import { TestDeliveryDocument } from './runs-query'
import styles from './runs.module.css'

type Test = NonNullable<TestDeliveryMutation['testDelivery']['test']>

/** Tests each step of a delivery, and shows what to do about a step that fails. */
export function TestDelivery(): ReactNode {
  const [{ data, error, fetching }, test] = useMutation(TestDeliveryDocument)
  const result = data?.testDelivery.test
  return (
    <Section
      title="Test the delivery"
      lead="A worker writes a small hidden file to your folder, removes it again, and reads the source. No file is published."
      actions={
        <Button isPending={fetching} onPress={() => void test({})}>
          {result ? 'Test again' : 'Test the delivery'}
        </Button>
      }
    >
      {fetching && <Loading what="Testing. This takes up to 45 seconds" />}
      {!fetching && error && <Failure error={error} what="The delivery was not tested" />}
      {!fetching && <UserErrors errors={data?.testDelivery.userErrors ?? []} what="The delivery was not tested" />}
      {!fetching && result && <TestResult test={result} />}
    </Section>
  )
}

function TestResult({ test: { passed, steps } }: { readonly test: Test }): ReactNode {
  const failed = steps.find(({ status }) => status === 'FAILED')
  const title = passed
    ? 'The delivery works.'
    : `The delivery does not work: ${failed ? testSteps[failed.name] : 'a step'} – this step failed.`
  return (
    <>
      <Notice
        tone={passed ? 'good' : 'bad'}
        title={title}
        {...(failed?.remedy != null && { children: failed.remedy })}
      />
      <ol className={styles['steps']} aria-label="Steps of the test">
        {steps.map((step) => (
          <TestStep key={step.name} step={step} />
        ))}
      </ol>
    </>
  )
}

function TestStep({
  step: { name, status, durationMs, message, remedy },
}: {
  readonly step: Test['steps'][number]
}): ReactNode {
  const { word, tone } = testStatuses[status]
  return (
    <li className={styles['step']}>
      <span>
        <Badge tone={tone}>{word}</Badge>
      </span>
      <span>{testSteps[name]}</span>
      <span className={styles['stepTime']}>{durationMs == null ? '' : formatDuration(durationMs)}</span>
      {message != null && <p className={styles['stepNote']}>{message}</p>}
      {remedy != null && (
        <p className={styles['stepNote']}>
          <strong>What to do:</strong> {remedy}
        </p>
      )}
    </li>
  )
}
