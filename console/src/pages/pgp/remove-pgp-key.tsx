import { type ReactNode, useState } from 'react'
import { useMutation } from 'urql'
import type { PgpKeyLineFragment } from '../../gql/graphql'
import { Button } from '../../ui/button'
import { Confirm } from '../../ui/dialog'
import { Failure } from '../../ui/failure'
import { UserErrors } from '../../ui/user-errors'
import { RemovePgpKeyDocument } from './pgp-query'

interface RemovePgpKeyProps {
  readonly pgpKey: PgpKeyLineFragment
  readonly onRemoved: () => void
}

export function RemovePgpKey({ pgpKey: { fingerprint, label }, onRemoved }: RemovePgpKeyProps): ReactNode {
  const [isOpen, setOpen] = useState(false)
  const [{ data, error, fetching }, remove] = useMutation(RemovePgpKeyDocument)
  const confirm = async (): Promise<void> => {
    const { data: answer } = await remove({ fingerprint })
    if (!answer?.removePgpKey.key) return
    setOpen(false)
    onRemoved()
  }
  return (
    <>
      <Button small aria-label={`Remove the PGP key ${label}`} onPress={() => setOpen(true)}>
        Remove
      </Button>
      <Confirm
        title="Remove this PGP key?"
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        action="Remove the key"
        isDangerous
        isPending={fetching}
        onConfirm={() => void confirm()}
      >
        <p>
          No file is encrypted to the key{' '}
          <strong>
            <bdi>{label}</bdi>
          </strong>{' '}
          any more. Files that are on the server keep it: do not delete the private key as long as you need them.
        </p>
        <p>
          <code>{fingerprint}</code>
        </p>
        {error && <Failure error={error} what="The key was not removed" />}
        <UserErrors errors={data?.removePgpKey.userErrors ?? []} what="The key was not removed" />
      </Confirm>
    </>
  )
}
