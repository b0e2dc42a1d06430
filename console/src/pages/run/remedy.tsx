import type { ReactNode } from 'react'

/** What the reader can do about an error. */
export function Remedy({ remedy }: { readonly remedy: string }): ReactNode {
  return (
    <p>
      <strong>What to do:</strong> {remedy}
    </p>
  )
}
