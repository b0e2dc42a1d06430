import { lazy, type ReactNode, Suspense, useState } from 'react'
import type { KeyLineFragment } from '../../gql/graphql'
import { Button } from '../../ui/button'
import { CopyButton } from '../../ui/copy'
import { DataTable, type TableColumn } from '../../ui/data-table'
import { Empty, Loading, Notice } from '../../ui/notice'
import { Section } from '../../ui/page'
import { Time } from '../../ui/time'
import { MakeKey } from './make-key'
import { RemoveKey } from './remove-key'
import styles from './sftp.module.css'

/** It comes when it is needed, so that the first load of the page is small. */
const AddKey = lazy(async () => ({ default: (await import('./add-key')).AddKey }))

/** The keys that may log in, and a form for another one. */
export function KeysSection({ keys }: { readonly keys: readonly KeyLineFragment[] }): ReactNode {
  const [isAdding, setAdding] = useState(false)
  const [done, setDone] = useState<string>()
  const added = (key: KeyLineFragment): void => {
    setAdding(false)
    setDone(`The key “${key.label}” is added. It can log in from now on.`)
  }
  return (
    <Section
      title="Keys"
      lead="Your loader logs in with a key pair. You keep the private key. Tidemark gets only the public key."
      actions={
        !isAdding && (
          <Button look="primary" onPress={() => setAdding(true)}>
            Add a key
          </Button>
        )
      }
    >
      {done !== undefined && !isAdding && <Notice tone="good" title={done} />}
      {isAdding && (
        <Suspense fallback={<Loading what="Loading the form" />}>
          <AddKey onAdded={added} onCancel={() => setAdding(false)} />
        </Suspense>
      )}
      {isAdding && <MakeKey />}
      {keys.length === 0 && !isAdding && (
        <Empty title="No key can log in yet.">Add the public key of your loader. It can log in at once.</Empty>
      )}
      {keys.length > 0 && (
        <DataTable
          label="Keys that may log in"
          columns={columnsOf((key) => setDone(`The key “${key.label}” is removed. It can't log in any more.`))}
          rows={keys}
          keyOf={({ id }) => id}
        />
      )}
      {keys.length === 0 && !isAdding && <MakeKey />}
    </Section>
  )
}

function columnsOf(onRemoved: (key: KeyLineFragment) => void): readonly TableColumn<KeyLineFragment>[] {
  return [
    { id: 'label', title: 'Label', cell: ({ label }) => <bdi>{label}</bdi> },
    { id: 'type', title: 'Type', cell: ({ type }) => <code>{type}</code> },
    { id: 'fingerprint', title: 'Fingerprint', cell: (key) => <Fingerprint sshKey={key} /> },
    { id: 'added', title: 'Added', cell: (key) => <Added sshKey={key} /> },
    { id: 'used', title: 'Last used', cell: ({ lastUsedAt }) => <Time value={lastUsedAt} none="not known" /> },
    { id: 'remove', title: 'Remove', cell: (key) => <RemoveKey sshKey={key} onRemoved={() => onRemoved(key)} /> },
  ]
}

function Fingerprint({ sshKey: { fingerprint, label } }: { readonly sshKey: KeyLineFragment }): ReactNode {
  return (
    <span className={styles['copied']}>
      <code>{fingerprint}</code>
      <CopyButton text={fingerprint} what={`the fingerprint of ${label}`} />
    </span>
  )
}

function Added({ sshKey: { addedAt, addedBy } }: { readonly sshKey: KeyLineFragment }): ReactNode {
  return (
    <span className={styles['added']}>
      <Time value={addedAt} />
      <span className={styles['hint']}>
        by <bdi>{addedBy}</bdi>
      </span>
    </span>
  )
}
