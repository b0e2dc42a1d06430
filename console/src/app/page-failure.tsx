import type { ErrorComponentProps } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Button } from '../ui/button'
import { Notice } from '../ui/notice'

/** A page that could not be loaded, or that failed while it was shown. */
export function PageFailure({ reset }: ErrorComponentProps): ReactNode {
  return (
    <Notice
      tone="bad"
      title="This page can't be shown."
      actions={
        <>
          <Button onPress={reset}>Try again</Button>
          <Button onPress={() => window.location.reload()}>Load the console anew</Button>
        </>
      }
    >
      <p>If the console was updated in the meantime, load it anew.</p>
    </Notice>
  )
}
