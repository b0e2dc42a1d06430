import { type ReactNode, useState } from 'react'
import { Button } from '../ui/button'
import { logOut, type Session } from './session'
import styles from './shell.module.css'
import { ThemeSwitch } from './theme-switch'

/** Who is logged in, the theme, and the way out. */
export function SessionMenu({ session }: { readonly session: Session }): ReactNode {
  const [state, setState] = useState<'idle' | 'leaving' | 'failed'>('idle')
  const whose = session.tenantId ?? 'operator'
  const leave = (): void => {
    setState('leaving')
    logOut().catch(() => setState('failed'))
  }
  return (
    <div className={styles['session']}>
      <span>
        <span className={styles['name']}>{session.name}</span>
        {session.name.toLowerCase() !== whose && <span className={styles['whose']}>{whose}</span>}
      </span>
      <ThemeSwitch />
      <Button small onPress={leave} isPending={state === 'leaving'}>
        Log out
      </Button>
      {state === 'failed' && <span role="alert">Tidemark does not answer. You are still logged in.</span>}
    </div>
  )
}
