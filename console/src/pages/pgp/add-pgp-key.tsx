import { type FormEvent, type ReactNode, useState } from 'react'
import { Form } from 'react-aria-components'
import { useMutation } from 'urql'
import type { PgpKeyLineFragment } from '../../gql/graphql'
import { Button } from '../../ui/button'
import { DialogButtons } from '../../ui/dialog'
import { Failure } from '../../ui/failure'
import { TextField } from '../../ui/fields'
import { Notice } from '../../ui/notice'
import { AddPgpKeyDocument } from './pgp-query'
import { hasPrivatePgpKey } from './private-pgp-key'
import styles from './pgp.module.css'

interface AddPgpKeyProps {
  readonly onAdded: (key: PgpKeyLineFragment) => void
  readonly onCancel: () => void
}

/** A form for a public key. A private key is caught before anything is sent, and is not kept in the page. */
export function AddPgpKey({ onAdded, onCancel }: AddPgpKeyProps): ReactNode {
  const [publicKey, setPublicKey] = useState('')
  const [label, setLabel] = useState('')
  const [isCaught, setCaught] = useState(false)
  const [{ data, error, fetching }, add] = useMutation(AddPgpKeyDocument)

  const take =
    (set: (text: string) => void) =>
    (text: string): void => {
      const isPrivate = hasPrivatePgpKey(text)
      setCaught(isPrivate)
      set(isPrivate ? '' : text)
    }
  const submit = async (): Promise<void> => {
    const { data: answer } = await add({ label, publicKey })
    const key = answer?.addPgpKey.key
    if (key) onAdded(key)
  }
  const errorOf = (argument: string) =>
    data?.addPgpKey.userErrors
      .filter(({ path }) => path.includes(argument))
      .map(({ message }) => message.replace(/^publicKey\b/, 'The key').replace(/^label\b/, 'The label'))
      .join(' ')
  return (
    <Form
      className={styles['form']}
      aria-label="Add a PGP key"
      onSubmit={(event: FormEvent) => {
        event.preventDefault()
        void submit()
      }}
    >
      {isCaught && (
        <Notice tone="bad" title="This is a private key. It was not sent.">
          <p>The page has removed it. Send only the public key, which this prints:</p>
          <p>
            <code>gpg --armor --export KEY</code>
          </p>
        </Notice>
      )}
      <TextField
        label="Public key"
        help="The output of gpg --armor --export KEY. RSA from 3072 bits on and elliptic curves are accepted."
        placeholder="-----BEGIN PGP PUBLIC KEY BLOCK-----"
        lines={8}
        value={publicKey}
        onChange={take(setPublicKey)}
        error={errorOf('publicKey')}
      />
      <TextField
        label="Label"
        help="A name by which you recognize the key, such as the loader that has it."
        value={label}
        onChange={take(setLabel)}
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
