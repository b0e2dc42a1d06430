import type { ReactNode } from 'react'
import { ButtonLink } from '../ui/button-link'
import styles from './shell.module.css'

/** Says whose data an operator sees and changes. */
export function ActingBanner({ tenant }: { readonly tenant: string }): ReactNode {
  return (
    <section className={styles['acting']} aria-label="Acting for a tenant">
      <p>
        You act for{' '}
        <strong>
          <bdi>{tenant}</bdi>
        </strong>
        . Its audit log records what you open and change.
      </p>
      <ButtonLink small to="/operator" search={{ tenant: undefined }}>
        All tenants
      </ButtonLink>
    </section>
  )
}
