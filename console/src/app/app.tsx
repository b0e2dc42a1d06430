import { RouterProvider } from '@tanstack/react-router'
import { type ReactNode, useMemo } from 'react'
import { LoggedIn } from './logged-in'
import { LoggedOut } from './logged-out'
import { LoginRequests } from './login-request'
import { createConsoleRouter } from './router'
import type { Session } from './session'

interface AppProps {
  /** Undefined if the browser has no session. */
  readonly session: Session | undefined
  /** Whether the API did not say who is logged in. */
  readonly isUnavailable?: boolean
}

export function App({ session, isUnavailable = false }: AppProps): ReactNode {
  if (session && window.location.pathname === '/console/logged-in') return <LoggedIn />
  return session ? <Console session={session} /> : <LoggedOut isUnavailable={isUnavailable} />
}

function Console({ session }: { readonly session: Session }): ReactNode {
  const router = useMemo(() => createConsoleRouter({ session, logins: new LoginRequests(session) }), [session])
  return <RouterProvider router={router} />
}
