import { type FormEvent, type ReactNode, useState } from 'react'
import { Form } from 'react-aria-components'
import { useMutation } from 'urql'
import type { KeyLineFragment } from '../../gql/graphql'
import { Button } from '../../ui/button'
import { DialogButtons } from '../../ui/dialog'
import { Failure } from '../../ui/failure'
import { TextField } from '../../ui/fields'
import { KeyFile, type KeyFileContent } from './key-file'
import { PrivateKeyCaught } from './private-key-caught'
import { type PrivateKeyKind, privateKeyIn } from './private-key'
import { fieldMessage, keyLineOf, labelFromKey } from './public-key'
import { AddKeyDocument } from './sftp-query'
import styles from './sftp.module.css'

interface AddKeyProps {
  readonly onAdded: (key: KeyLineFragment) => void
  readonly onCancel: () => void
}

interface Caught {
  readonly kind: PrivateKeyKind
  /** The name of the file, if it came from one. */
  readonly fileName: string | undefined
}

/** A form for a public key. A private key is caught before anything is sent, and is not kept in the page. */
export function AddKey({ onAdded, onCancel }: AddKeyProps): ReactNode {
  const [publicKey, setPublicKey] = useState('')
  const [label, setLabel] = useState('')
  const [isLabelTyped, setLabelTyped] = useState(false)
  const [caught, setCaught] = useState<Caught>()
  const [{ data, error, fetching }, add] = useMutation(AddKeyDocument)

  const take = (text: string, fileName?: string): void => {
    const kind = privateKeyIn(text)
    setCaught(kind && { kind, fileName })
    setPublicKey(kind ? '' : text)
    if (!kind && !isLabelTyped) setLabel(labelFromKey(text))
  }
  const typeLabel = (text: string): void => {
    const kind = privateKeyIn(text)
    setCaught(kind && { kind, fileName: undefined })
    setLabel(kind ? '' : text)
    setLabelTyped(text !== '' && !kind)
  }
  const submit = async (): Promise<void> => {
    const { data: answer } = await add({ label, publicKey: keyLineOf(publicKey) })
    const key = answer?.addSftpKey.key
    if (key) onAdded(key)
  }
  const errorOf = (argument: string) =>
    data?.addSftpKey.userErrors
      .filter(({ path }) => path.includes(argument))
      .map(({ message }) => fieldMessage(message))
      .join(' ')
  return (
    <Form
      className={styles['form']}
      aria-label="Add a key"
      onSubmit={(event: FormEvent) => {
        event.preventDefault()
        void submit()
      }}
    >
      <KeyFile onFile={({ text, name }: KeyFileContent) => take(text, name)} />
      {caught && <PrivateKeyCaught kind={caught.kind} fileName={caught.fileName} />}
      <TextField
        label="Public key"
        help="The one line of a .pub file. Ed25519, ECDSA, and RSA from 3072 bits on are accepted."
        placeholder="ssh-ed25519 AAAA… warehouse loader"
        lines={4}
        value={publicKey}
        onChange={(text) => take(text)}
        error={errorOf('publicKey')}
      />
      <TextField
        label="Label"
        help="A name by which you recognize the key, such as the machine that has it."
        value={label}
        onChange={typeLabel}
        error={errorOf('label')}
      />
      {error && <Failure error={error} what="The key was not added" />}
      <DialogButtons>
        <Button onPress={onCancel}>Cancel</Button>
        <Button
          look="primary"
          type="submit"
          isPending={fetching}
          isDisabled={publicKey.trim() === '' || label.trim() === ''}
        >
          Add the key
        </Button>
      </DialogButtons>
    </Form>
  )
}
