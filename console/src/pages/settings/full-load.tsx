import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { useMutation } from 'urql'
import type { FullLoadTime } from '../../gql/graphql'
import { Button } from '../../ui/button'
import { Confirm } from '../../ui/dialog'
import { Failure } from '../../ui/failure'
import { Choices } from '../../ui/fields'
import { Notice } from '../../ui/notice'
import { UserErrors } from '../../ui/user-errors'
import type { CatalogEntity } from './catalog'
import { RequestFullLoadDocument } from './settings-query'

const times = [
  { value: 'WITH_NEXT_RUN', label: 'With the next run', help: 'The next file of the entity has its whole history.' },
  { value: 'NOW', label: 'Now', help: 'A run of this entity starts now.' },
] as const

/** Requests the whole history of an entity again. */
export function FullLoad({ entity }: { readonly entity: CatalogEntity }): ReactNode {
  const [isOpen, setOpen] = useState(false)
  const [isRequested, setRequested] = useState(false)
  const [when, setWhen] = useState<FullLoadTime>('WITH_NEXT_RUN')
  const [{ data, error, fetching }, request] = useMutation(RequestFullLoadDocument)
  const navigate = useNavigate()
  const confirm = async (): Promise<void> => {
    const answer = await request({ when, entityList: [entity.name] })
    const { run, userErrors = [] } = answer.data?.requestFullLoad ?? {}
    if (!answer.data || userErrors.length > 0) return
    setOpen(false)
    setRequested(true)
    if (run) await navigate({ to: '/runs/$runId', params: { runId: run.id } })
  }
  return (
    <div>
      {isRequested ? (
        <Notice tone="good" title={`The next file of ${entity.displayName} is a full load.`} />
      ) : (
        <Button small onPress={() => setOpen(true)}>
          Request a full load
        </Button>
      )}
      <Confirm
        title={`Request a full load of ${entity.displayName}?`}
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        action="Request a full load"
        isPending={fetching}
        onConfirm={() => void confirm()}
      >
        <p>
          You need it if your table is lost, or to get the values of an added column for rows that have not changed. For
          a file that is removed or damaged, redeliver the file instead.
        </p>
        <Choices label="When" choices={times} value={when} onChange={setWhen} />
        {error && <Failure error={error} what="No full load was requested" />}
        <UserErrors errors={data?.requestFullLoad.userErrors ?? []} what="No full load was requested" />
      </Confirm>
    </div>
  )
}
