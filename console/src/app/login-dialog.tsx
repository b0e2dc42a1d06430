import { type ReactNode, useSyncExternalStore } from 'react'
import { buttonClass } from '../ui/button'
import { Dialog } from '../ui/dialog'
import type { LoginReason, LoginRequests } from './login-request'

const words: Readonly<Record<LoginReason, { readonly title: string; readonly text: string }>> = {
  SESSION_ENDED: {
    title: 'Your session has ended',
    text: 'Log in again in a new window. This page waits, and nothing that you typed is lost.',
  },
  STEP_UP_REQUIRED: {
    title: 'Confirm that it is you',
    text: 'Changes by an operator need a recent login. Log in again in a new window. Then the change is made.',
  },
}

/** Asks for a login in a second window, while the page stays as it is. */
export function LoginDialog({ logins }: { readonly logins: LoginRequests }): ReactNode {
  const reason = useSyncExternalStore(logins.subscribe, logins.reason)
  if (reason === undefined) return null
  const { title, text } = words[reason]
  return (
    <Dialog title={title} isOpen mustAnswer onClose={() => undefined}>
      <p>{text}</p>
      <p>
        <a className={buttonClass('primary', false)} href={logins.url()} target="_blank" rel="noopener">
          Log in again
        </a>
      </p>
    </Dialog>
  )
}
