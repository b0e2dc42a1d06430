import type { ReactNode } from 'react'
import { Notice } from '../ui/notice'
import type { Session } from './session'

/** Says that changes will be refused, to a user who may only read. */
export function ReadOnlyNotice({ session }: { readonly session: Session }): ReactNode {
  if (session.scopes.includes('exports:write')) return null
  return (
    <Notice tone="info" title="Your account may only read.">
      <p>Changes are refused. The administrator of your accounts can add the scope exports:write to yours.</p>
    </Notice>
  )
}
