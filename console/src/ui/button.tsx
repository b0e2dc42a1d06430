import type { ReactNode } from 'react'
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components'
import styles from './button.module.css'

export type ButtonLook = 'primary' | 'plain' | 'quiet' | 'danger'

export interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'style' | 'children'> {
  readonly children: ReactNode
  /** `primary` once in a page; `danger` only for what destroys or stops something. */
  readonly look?: ButtonLook
  readonly small?: boolean
}

/** A button that acts. What only goes to another page is a link: see {@link ButtonLink}. While `isPending`, it takes no press. */
export function Button({ look = 'plain', small = false, children, ...rest }: ButtonProps): ReactNode {
  return (
    <AriaButton {...rest} className={buttonClass(look, small)}>
      {({ isPending }) => (
        <>
          {isPending && <span className={styles['busy']} aria-hidden />}
          {children}
        </>
      )}
    </AriaButton>
  )
}

export function buttonClass(look: ButtonLook, small: boolean): string {
  return [styles['button'], styles[look], small && styles['small']].filter(Boolean).join(' ')
}
