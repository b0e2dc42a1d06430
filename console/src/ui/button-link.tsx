import { createLink } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, ReactNode, Ref } from 'react'
import { buttonClass, type ButtonLook } from './button'

interface AnchorProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  readonly look?: ButtonLook
  readonly small?: boolean
  readonly ref?: Ref<HTMLAnchorElement>
}

function Anchor({ look = 'plain', small = false, children, ...rest }: AnchorProps): ReactNode {
  return (
    <a {...rest} className={buttonClass(look, small)}>
      {children}
    </a>
  )
}

/** A link to another page of the console that looks like a button. */
export const ButtonLink = createLink(Anchor)
