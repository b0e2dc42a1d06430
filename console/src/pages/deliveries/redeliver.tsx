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
  /** Exactly one file: nothing can be chosen then. */
  readonly file?: OneFile
}

interface OneFile {
  /** What it contains: `Changes of Nov 27, 2026`. */
  readonly words: string
  readonly from: string
  readonly to: string
}

const allEntities = ''

/** Writes past files again, after it has said what that is. */
export function RedeliverButton(props: RedeliverButtonProps): ReactNode {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button onPress={() => setOpen(true)}>{props.file ? 'Redeliver this file' : 'Redeliver files'}</Button>
      {isOpen && <RedeliverDialog {...props} onClose={() => setOpen(false)} />}
    </>
  )
}

interface RedeliverDialogProps extends RedeliverButtonProps {
  readonly onClose: () => void
}

function RedeliverDialog({ entities, entity = allEntities, file, onClose }: RedeliverDialogProps): ReactNode {
  const [days, setDays] = useState<Period>(yesterday)
  const [chosen, setChosen] = useState(entity)
  const [{ data, error, fetching }, redeliver] = useMutation(RedeliverDocument)
  const navigate = useNavigate()
  const { from, to } = file ?? intervalOf(days)
  const confirm = async (): Promise<void> => {
    if (from === null || to === null) return
    const entityList = chosen === allEntities ? null : [chosen]
    const answer = await redeliver({ input: { from, to, entityList } })
    const run = answer.data?.redeliver.run
    if (run) await navigate({ to: '/runs/$runId', params: { runId: run.id } })
  }
  return (
    <Confirm
      title={file ? 'Redeliver this file?' : 'Redeliver files?'}
      isOpen
      onClose={onClose}
      action="Redeliver"
      isPending={fetching}
      isDisabled={from === null || to === null}
      onConfirm={() => void confirm()}
    >
      <p>
        A run reads {file ? 'the period of the file' : 'the days'} from the source again, and replaces{' '}
        {file ? 'the file' : 'their files'} on the server. It is needed only for files that are removed or damaged. Rows
        that have changed since are in later files.
      </p>
      <p>
        <strong>Your loader must merge {file ? 'the file' : 'these files'} by key</strong>, also a full load: a full
        load that replaces its table loses rows.
      </p>
      {file ? (
        <p>
          {entities[0]?.displayName}: {file.words}.
        </p>
      ) : (
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
          <p>Each file that has rows of these days is written again, at most 1,000 files.</p>
        </div>
      )}
      {error && <Failure error={error} what="No file is redelivered" />}
      <UserErrors errors={data?.redeliver.userErrors ?? []} what="No file is redelivered" />
    </Confirm>
  )
}

function yesterday(): Period {
  const day = addDays(dayOf(Date.now()), -1)
  return { from: day, to: day }
}
