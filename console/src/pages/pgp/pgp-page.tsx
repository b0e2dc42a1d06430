import { type ReactNode, useState } from 'react'
import { useQuery } from 'urql'
import type { PgpKeyLineFragment, PgpKeysQuery } from '../../gql/graphql'
import { Button } from '../../ui/button'
import { Copy, CopyButton } from '../../ui/copy'
import { DataTable, type TableColumn } from '../../ui/data-table'
import { Failure } from '../../ui/failure'
import { Empty, Loading, Notice } from '../../ui/notice'
import { Page, Section } from '../../ui/page'
import { Time } from '../../ui/time'
import { AddPgpKey } from './add-pgp-key'
import { PgpKeysDocument } from './pgp-query'
import { RemovePgpKey } from './remove-pgp-key'
import styles from './pgp.module.css'

/** Without a key yet, the cache would not know that an added key changes the answer. */
const withKeys = { additionalTypenames: ['PgpKey'] }

export function PgpPage(): ReactNode {
  const [{ data, error }, refresh] = useQuery({ query: PgpKeysDocument, context: withKeys })
  const found = data?.pgpKeys
  return (
    <Page title="PGP keys" lead="The public keys that your files can be encrypted to. The settings turn encryption on.">
      {error && (
        <Failure
          error={error}
          what="The PGP keys can't be shown"
          onRetry={() => refresh({ requestPolicy: 'network-only' })}
        />
      )}
      {!found && !error && (
        <Section>
          <Loading what="Loading the PGP keys" />
        </Section>
      )}
      {found && <KeysSection keys={found.keys} />}
      {found?.signingKey && <SigningSection signingKey={found.signingKey} />}
    </Page>
  )
}

function KeysSection({ keys }: { readonly keys: readonly PgpKeyLineFragment[] }): ReactNode {
  const [isAdding, setAdding] = useState(false)
  const [done, setDone] = useState<string>()
  const added = ({ label }: PgpKeyLineFragment): void => {
    setAdding(false)
    setDone(`The key “${label}” is added.`)
  }
  return (
    <Section
      title="Keys"
      lead="You keep the private key. Tidemark gets only the public key, and can't read a file after it has encrypted it."
      actions={
        !isAdding && (
          <Button look="primary" onPress={() => setAdding(true)}>
            Add a PGP key
          </Button>
        )
      }
    >
      {done !== undefined && !isAdding && <Notice tone="good" title={done} />}
      <Expiring keys={keys} />
      {isAdding && <AddPgpKey onAdded={added} onCancel={() => setAdding(false)} />}
      {keys.length === 0 && !isAdding && (
        <Empty title="There is no PGP key yet.">Add the public key of your loader. Then turn encryption on.</Empty>
      )}
      {keys.length > 0 && (
        <DataTable
          label="PGP keys"
          columns={columnsOf(({ label }) => setDone(`The key “${label}” is removed.`))}
          rows={keys}
          keyOf={({ id }) => id}
        />
      )}
    </Section>
  )
}

/** A file that is encrypted to a key that has expired fails. */
function Expiring({ keys }: { readonly keys: readonly PgpKeyLineFragment[] }): ReactNode {
  return keys
    .filter(({ expiresSoon }) => expiresSoon)
    .map(({ id, label, isExpired }) => (
      <Notice
        key={id}
        tone={isExpired ? 'bad' : 'warn'}
        title={isExpired ? `The key “${label}” has expired.` : `The key “${label}” expires within 30 days.`}
      >
        <p>
          {isExpired ? 'Files that are encrypted to it fail.' : 'After that, files that are encrypted to it fail.'} Add
          another key, and remove this one.
        </p>
      </Notice>
    ))
}

function columnsOf(onRemoved: (key: PgpKeyLineFragment) => void): readonly TableColumn<PgpKeyLineFragment>[] {
  return [
    { id: 'label', title: 'Label', cell: ({ label }) => <bdi>{label}</bdi> },
    { id: 'user', title: 'User', cell: ({ userId }) => <bdi>{userId}</bdi> },
    { id: 'algorithm', title: 'Algorithm', cell: ({ algorithm }) => algorithm },
    { id: 'fingerprint', title: 'Fingerprint', cell: (key) => <Fingerprint pgpKey={key} /> },
    { id: 'expires', title: 'Expires', cell: ({ expiresAt }) => (expiresAt ? <Time value={expiresAt} /> : 'never') },
    { id: 'added', title: 'Added', cell: ({ addedAt }) => <Time value={addedAt} /> },
    { id: 'remove', title: 'Remove', cell: (key) => <RemovePgpKey pgpKey={key} onRemoved={() => onRemoved(key)} /> },
  ]
}

function Fingerprint({ pgpKey: { fingerprint, label } }: { readonly pgpKey: PgpKeyLineFragment }): ReactNode {
  return (
    <span className={styles['copied']}>
      <code>{fingerprint}</code>
      <CopyButton text={fingerprint} what={`the fingerprint of ${label}`} />
    </span>
  )
}

interface SigningSectionProps {
  readonly signingKey: NonNullable<PgpKeysQuery['pgpKeys']['signingKey']>
}

function SigningSection({ signingKey: { fingerprint, publicKey } }: SigningSectionProps): ReactNode {
  return (
    <Section
      title="The operator's key"
      lead="It signs files, if your settings request it. Import it to verify signatures."
    >
      <h3>Fingerprint</h3>
      <Copy text={fingerprint} what="the fingerprint of the operator's key" />
      <h3>Public key</h3>
      <Copy text={publicKey} what="the operator's public key" />
    </Section>
  )
}
