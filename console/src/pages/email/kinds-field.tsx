import type { ReactNode } from 'react'
import type { EmailKind } from '../../gql/graphql'
import { Checkbox } from '../../ui/fields'
import { kindChoices, withKind } from './email-words'
import styles from './email.module.css'

interface KindsFieldProps {
  readonly kinds: readonly EmailKind[]
  readonly onChange: (kinds: EmailKind[]) => void
}

/** What an address gets. */
export function KindsField({ kinds, onChange }: KindsFieldProps): ReactNode {
  return (
    <fieldset className={styles['kinds']}>
      <legend>Emails</legend>
      {kindChoices.map(({ kind, label, help }) => (
        <Checkbox
          key={kind}
          isSelected={kinds.includes(kind)}
          onChange={(isChosen) => onChange(withKind(kinds, kind, isChosen))}
        >
          <strong>{label}</strong>
          <span className={styles['help']}>{help}</span>
        </Checkbox>
      ))}
    </fieldset>
  )
}
