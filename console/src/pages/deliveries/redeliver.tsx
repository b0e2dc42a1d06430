import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { useMutation } from 'urql'
import { addDays, dayOf } from '../../format/days'
import { intervalOf, type Period } from '../../format/period'
import { Button } from '../../ui/button'
import { Confirm } from '../../ui/dialog'
import { Failure } from '../../ui/failure'
import { Select } from '../../ui/fields'
import { PeriodFilter } from '../../ui/period-filter'
import { UserErrors } from '../../ui/user-errors'
import { RedeliverDocument } from './deliveries-query'
import styles from './deliveries.module.css'

interface RedeliverButtonProps {
  readonly entities: readonly { readonly internalName: string; readonly displayName: string }[]
  /** The internal name of the entity that is chosen first. */
  readonly entity?: string
  /** The days that are chosen first; yesterday by default. */
  readonly period?: Period
}

const allEntities = ''

/** Writes past files again, after it has said what that is. */
export function RedeliverButton(props: RedeliverButtonProps): ReactNode {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button onPress={() => setOpen(true)}>Redeliver</Button>
      {isOpen && <RedeliverDialog {...props} onClose={() => setOpen(false)} />}
    </>
  )
}

interface RedeliverDialogProps extends RedeliverButtonProps {
  readonly onClose: () => void
}

function RedeliverDialog({ entities, entity = allEntities, period, onClose }: RedeliverDialogProps): ReactNode {
  const [days, setDays] = useState<Period>(() => period ?? yesterday())
  const [chosen, setChosen] = useState(entity)
  const [{ data, error, fetching }, redeliver] = useMutation(RedeliverDocument)
  const navigate = useNavigate()
  const { from, to } = intervalOf(days)
  const confirm = async (): Promise<void> => {
    if (from === null || to === null) return
    const entityList = chosen === allEntities ? null : [chosen]
    const answer = await redeliver({ input: { from, to, entityList } })
    const run = answer.data?.redeliver.run
    if (run) await navigate({ to: '/runs/$runId', params: { runId: run.id } })
  }
  return (
    <Confirm
      title="Redeliver files?"
      isOpen
      onClose={onClose}
      action="Redeliver"
      isPending={fetching}
      isDisabled={from === null || to === null}
      onConfirm={() => void confirm()}
    >
      <p>
        Tidemark reads the days again, and replaces their files on the server. Use it for files that are removed or
        damaged. Rows that have changed since are in later files.
      </p>
      <p>Your loader must merge these files by key, also a full load.</p>
      <div className={styles['form']}>
        <Select
          label="Entities"
          value={chosen}
          onChange={setChosen}
          choices={[
            { value: allEntities, label: 'All entities' },
            ...entities.map(({ internalName, displayName }) => ({ value: internalName, label: displayName })),
          ]}
        />
        <PeriodFilter period={days} onChange={setDays} />
      </div>
      {error && <Failure error={error} what="No file is redelivered" />}
      <UserErrors errors={data?.redeliver.userErrors ?? []} what="No file is redelivered" />
    </Confirm>
  )
}

function yesterday(): Period {
  const day = addDays(dayOf(Date.now()), -1)
  return { from: day, to: day }
}
