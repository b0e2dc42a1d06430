import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { useMutation, useQuery } from 'urql'
import { counted } from '../../format/numbers'
import { Button } from '../../ui/button'
import { ButtonLink } from '../../ui/button-link'
import { Dialog, DialogButtons } from '../../ui/dialog'
import { Failure } from '../../ui/failure'
import { Checkbox, Choices } from '../../ui/fields'
import { Loading, Notice } from '../../ui/notice'
import { UserErrors } from '../../ui/user-errors'
import { RunChoicesDocument, StartRunDocument } from './runs-query'
import styles from './runs.module.css'

/** Starts a run of all or of chosen entities, after it has said what will happen. */
export function RunNow(): ReactNode {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button look="primary" onPress={() => setOpen(true)}>
        Run now
      </Button>
      {isOpen && (
        <Dialog title="Start a run now?" isOpen onClose={() => setOpen(false)}>
          <RunNowForm onClose={() => setOpen(false)} />
        </Dialog>
      )}
    </>
  )
}

function RunNowForm({ onClose }: { readonly onClose: () => void }): ReactNode {
  const [{ data, error }, refresh] = useQuery({ query: RunChoicesDocument })
  if (error) return <Failure error={error} what="Your settings can't be read" onRetry={() => refresh()} />
  if (!data) return <Loading what="Loading your entities" />
  const active = data.dataExport?.entities.filter(({ active: isActive }) => isActive).map(({ entity }) => entity) ?? []
  if (active.length === 0 || data.dataExport?.exportOption === 'DISABLE_EXPORT') return <NothingToRun />
  return <RunNowChoice active={active} isPaused={data.dataExport?.pausedAt != null} onClose={onClose} />
}

function NothingToRun(): ReactNode {
  return (
    <Notice
      tone="info"
      title="No entity is exported yet."
      actions={
        <ButtonLink look="primary" to="/settings">
          Choose what is exported
        </ButtonLink>
      }
    >
      <p>Choose your entities first. The first run starts at the next boundary, or when you start it.</p>
    </Notice>
  )
}

interface RunNowChoiceProps {
  readonly active: readonly { readonly name: string; readonly displayName: string }[]
  readonly isPaused: boolean
  readonly onClose: () => void
}

function RunNowChoice({ active, isPaused, onClose }: RunNowChoiceProps): ReactNode {
  const navigate = useNavigate()
  const [scope, setScope] = useState<'all' | 'some'>('all')
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [{ data, error, fetching }, start] = useMutation(StartRunDocument)
  const count = scope === 'all' ? active.length : chosen.size
  const confirm = async (): Promise<void> => {
    const { data: answer } = await start({ entityList: scope === 'all' ? null : [...chosen] })
    const run = answer?.runDataExport.run
    if (run) await navigate({ to: '/runs/$runId', params: { runId: run.id } })
  }
  const toggle = (name: string, isChosen: boolean): void => {
    const next = new Set(chosen)
    if (isChosen) next.add(name)
    else next.delete(name)
    setChosen(next)
  }
  return (
    <div className={styles['form']}>
      <Choices
        label="Entities"
        value={scope}
        onChange={setScope}
        choices={[
          { value: 'all', label: `All ${counted(active.length, 'active entity', 'active entities')}` },
          { value: 'some', label: 'Only some of them' },
        ]}
      />
      {scope === 'some' && (
        <div className={styles['entities']} role="group" aria-label="Entities of the run">
          {active.map(({ name, displayName }) => (
            <Checkbox key={name} isSelected={chosen.has(name)} onChange={(isChosen) => toggle(name, isChosen)}>
              {displayName}
            </Checkbox>
          ))}
        </div>
      )}
      <WhatHappens isPaused={isPaused} />
      {error && <Failure error={error} what="The run was not started" />}
      <UserErrors errors={data?.runDataExport.userErrors ?? []} what="The run was not started" />
      <DialogButtons>
        <Button onPress={onClose}>Cancel</Button>
        <Button look="primary" isPending={fetching} isDisabled={count === 0} onPress={() => void confirm()}>
          {count === 0 ? 'Choose an entity' : `Run ${counted(count, 'entity', 'entities')}`}
        </Button>
      </DialogButtons>
    </div>
  )
}

function WhatHappens({ isPaused }: { readonly isPaused: boolean }): ReactNode {
  return (
    <div>
      <p>
        Each entity gets a file with its changes up to now, in today’s folder. Files of today that exist already are
        replaced by files that contain them too. The next scheduled run continues from there.
      </p>
      {isPaused && <p>The schedule stays paused. Only this run starts.</p>}
    </div>
  )
}
