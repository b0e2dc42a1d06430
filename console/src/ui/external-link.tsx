import type { ReactNode } from 'react'
import { safeUrl } from './safe-url'

interface ExternalLinkProps {
  /** A URL that the API returned. What is no URL of http or https is shown as text. */
  readonly url: string
  readonly children: ReactNode
}

/** A link to a page outside of the console. It opens a new window, and says so. */
export function ExternalLink({ url, children }: ExternalLinkProps): ReactNode {
  const href = safeUrl(url)
  if (href === undefined) return <code>{url}</code>
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}
      <span aria-hidden> ↗</span>
      <span className="visually-hidden"> (opens a new window)</span>
    </a>
  )
}
