import { Link, useRouter } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef } from 'react'
import type { Session } from './session'
import styles from './shell.module.css'

const tenantPages = [
  { to: '/', label: 'Overview' },
  { to: '/settings', label: 'Settings' },
  { to: '/runs', label: 'Runs' },
  { to: '/deliveries', label: 'Deliveries' },
  { to: '/sftp', label: 'SFTP' },
  { to: '/pgp-keys', label: 'PGP keys' },
  { to: '/webhooks', label: 'Webhooks' },
  { to: '/email', label: 'Email' },
  { to: '/events', label: 'Events' },
  { to: '/audit', label: 'Audit log' },
] as const

const operatorPages = [
  { to: '/operator', label: 'Tenants' },
  { to: '/operator/incidents', label: 'Incidents' },
] as const

/** Links to the pages: a tenant's own, or an operator's and, while one acts for a tenant, the tenant's too. */
export function Navigation({
  session,
  tenant,
}: {
  readonly session: Session
  readonly tenant: string | undefined
}): ReactNode {
  const nav = useRef<HTMLElement>(null)
  const router = useRouter()
  // On a narrow screen the links scroll sideways; the one of this page is always in sight.
  useEffect(() => {
    const show = (): void =>
      nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
    show()
    return router.subscribe('onResolved', show)
  }, [router])
  return (
    <nav ref={nav} className={styles['nav']} aria-label="Pages">
      {session.isOperator && (
        <ul>
          {operatorPages.map(({ to, label }) => (
            <li key={to}>
              <Link
                to={to}
                search={{ tenant: undefined }}
                activeOptions={{ exact: to === '/operator', includeSearch: false }}
              >
                {label}
              </Link>
            </li>
          ))}
        </ul>
      )}
      {(tenant !== undefined || session.tenantId !== null) && (
        <ul>
          {tenantPages.map(({ to, label }) => (
            <li key={to}>
              <Link to={to} activeOptions={{ exact: to === '/', includeSearch: false }}>
                {label}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </nav>
  )
}
