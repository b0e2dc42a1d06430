import { type ReactNode, useState } from 'react'
import { useMutation } from 'urql'
import type { KeyLineFragment } from '../../gql/graphql'
import { Button } from '../../ui/button'
import { Confirm } from '../../ui/dialog'
import { Failure } from '../../ui/failure'
import { UserErrors } from '../../ui/user-errors'
import { RemoveKeyDocument } from './sftp-query'

interface RemoveKeyProps {
  readonly sshKey: KeyLineFragment
  readonly onRemoved: () => void
}

export function RemoveKey({ sshKey, onRemoved }: RemoveKeyProps): ReactNode {
  const [isOpen, setOpen] = useState(false)
  const [{ data, error, fetching }, remove] = useMutation(RemoveKeyDocument)
  const confirm = async (): Promise<void> => {
    const { data: answer } = await remove({ id: sshKey.id })
    if (!answer?.removeSftpKey.key) return
    setOpen(false)
    onRemoved()
  }
  return (
    <>
      <Button small aria-label={`Remove the key ${sshKey.label}`} onPress={() => setOpen(true)}>
        Remove
      </Button>
      <Confirm
        title="Remove this key?"
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        action="Remove the key"
        isDangerous
        isPending={fetching}
        onConfirm={() => void confirm()}
      >
        <p>
          The key{' '}
          <strong>
            <bdi>{sshKey.label}</bdi>
          </strong>{' '}
          can’t log in any more, and its open connections end within seconds.
        </p>
        <p>A loader that uses it stops fetching files. Give the loader another key first. Files stay on the server.</p>
        <p>
          <code>{sshKey.fingerprint}</code>
        </p>
        {error && <Failure error={error} what="The key was not removed" />}
        <UserErrors errors={data?.removeSftpKey.userErrors ?? []} what="The key was not removed" />
      </Confirm>
    </>
  )
}
