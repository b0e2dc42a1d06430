import { Outlet, useMatches, useRouteContext, useRouter, useSearch } from '@tanstack/react-router'
import { type ReactNode, useMemo } from 'react'
import { RouterProvider as AriaRouterProvider } from 'react-aria-components'
import { Provider } from 'urql'
import { ActingFor } from '../ui/page'
import { actsFor, refusalOf } from './access'
import { ActingBanner } from './acting-banner'
import { createClient } from './client'
import { LoginDialog } from './login-dialog'
import { Mark } from './mark'
import { Navigation } from './navigation'
import { OfflineNotice } from './offline-notice'
import { ReadOnlyNotice } from './read-only-notice'
import { Refused } from './refused'
import { SessionMenu } from './session-menu'
import styles from './shell.module.css'

/** What surrounds every page: the navigation, whose data it is, and the page itself. */
export function Shell(): ReactNode {
  const { session, logins } = useRouteContext({ from: '__root__' })
  const { tenant: named } = useSearch({ from: '__root__' })
  const isOperatorPage = useMatches({ select: (all) => all.some(({ routeId }) => routeId.startsWith('/operator')) })
  const refusal = refusalOf(session, { named, isOperatorPage })
  const tenant = isOperatorPage ? undefined : actsFor(session, named)
  const client = useMemo(() => createClient(logins, tenant), [logins, tenant])
  const router = useRouter()
  return (
    <AriaRouterProvider navigate={(to) => router.history.push(to)}>
      <Provider value={client}>
        <a className={styles['skip']} href="#main">
          Skip to the page
        </a>
        <header className={styles['top']}>
          <div className={styles['topInner']}>
            <Mark />
            <SessionMenu session={session} />
          </div>
          <Navigation session={session} tenant={tenant} />
        </header>
        {tenant !== undefined && <ActingBanner tenant={tenant} />}
        <main id="main" className={styles['main']} tabIndex={-1} key={tenant ?? ''}>
          <OfflineNotice />
          <ReadOnlyNotice session={session} />
          {refusal === undefined ? (
            <ActingFor value={tenant}>
              <Outlet />
            </ActingFor>
          ) : (
            <Refused refusal={refusal} named={named} />
          )}
        </main>
        <LoginDialog logins={logins} />
      </Provider>
    </AriaRouterProvider>
  )
}
