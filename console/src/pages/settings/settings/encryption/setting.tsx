import type { ReactNode } from 'react'
import { useQuery } from 'urql'
import type { EncryptionKeysQuery } from '../../../../gql/graphql'
import { ButtonLink } from '../../../../ui/button-link'
import { Failure } from '../../../../ui/failure'
import { Checkbox, Switch } from '../../../../ui/fields'
import { Notice } from '../../../../ui/notice'
import type { FormProps, Setting } from '../setting'
import { mineIfChanged } from '../setting'
import {
  encryptionChanges,
  encryptionSummary,
  type EncryptionValue,
  isSameEncryption,
  noEncryption,
  withKey,
} from './encryption'
import { EncryptionKeysDocument } from './encryption-query'

/** Without a key yet, the cache would not know that an added key changes the answer. */
const withKeys = { additionalTypenames: ['PgpKey'] }

function EncryptionForm({ value, onChange, errors }: FormProps<EncryptionValue>): ReactNode {
  const [{ data, error }] = useQuery({ query: EncryptionKeysDocument, context: withKeys })
  return (
    <>
      {errors.length > 0 && (
        <Notice
          tone="bad"
          title="This encryption is not accepted."
          actions={
            <ButtonLink small to="/pgp-keys">
              Show the PGP keys
            </ButtonLink>
          }
        >
          {errors.map((each) => (
            <p key={each}>{each}</p>
          ))}
        </Notice>
      )}
      <Switch isSelected={value.isOn} onChange={(isOn) => onChange({ ...value, isOn })}>
        Encrypt files with PGP. The server then stores only encrypted files, which end in <code>.pgp</code>.
      </Switch>
      {error && <Failure error={error} what="The PGP keys can't be shown" />}
      {value.isOn && data && <Keys value={value} onChange={onChange} known={data.pgpKeys} />}
    </>
  )
}

interface KeysProps extends Pick<FormProps<EncryptionValue>, 'value' | 'onChange'> {
  readonly known: EncryptionKeysQuery['pgpKeys']
}

function Keys({ value, onChange, known: { keys, signingKey } }: KeysProps): ReactNode {
  const fingerprints = keys.map(({ fingerprint }) => fingerprint)
  const isAll = value.publicKeys === null
  return (
    <>
      {keys.length === 0 && <p>There is no PGP key yet. Add one on the page “PGP keys”.</p>}
      <Switch isSelected={isAll} onChange={(all) => onChange({ ...value, publicKeys: all ? null : fingerprints })}>
        Encrypt to all PGP keys, also to those that are added later.
      </Switch>
      {!isAll &&
        keys.map(({ fingerprint, label, isExpired }) => (
          <Checkbox
            key={fingerprint}
            isSelected={value.publicKeys?.includes(fingerprint) ?? false}
            onChange={(isSelected) =>
              onChange({ ...value, publicKeys: withKey(value, { fingerprint, isSelected }, fingerprints) })
            }
          >
            <bdi>{label}</bdi> <code>{fingerprint}</code>
            {isExpired && ' (expired)'}
          </Checkbox>
        ))}
      {(signingKey || value.sign) && (
        <Switch isSelected={value.sign} onChange={(sign) => onChange({ ...value, sign })}>
          Sign the content with the key of the operator.
        </Switch>
      )}
    </>
  )
}

export const setting: Setting<EncryptionValue> = {
  id: 'encryption',
  order: 40,
  title: 'Encryption',
  lead: 'Only your private key can read encrypted files. A run that is in progress keeps its setting.',
  initial: noEncryption,
  read: ({ encryption }) =>
    encryption
      ? { isOn: true, publicKeys: encryption.pgp.publicKeys ?? null, sign: encryption.pgp.sign }
      : noEncryption,
  toInput: ({ isOn, publicKeys, sign }) => ({
    encryption: isOn ? { pgp: { publicKeys: publicKeys && [...publicKeys], sign } } : null,
  }),
  inputFields: ['encryption'],
  summary: encryptionSummary,
  changes: encryptionChanges,
  merge: mineIfChanged(isSameEncryption),
  Form: EncryptionForm,
}
