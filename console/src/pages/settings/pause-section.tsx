import { type ReactNode, useState } from 'react'
import { useMutation } from 'urql'
import type { CatchUp } from '../../gql/graphql'
import { Button } from '../../ui/button'
import { Confirm } from '../../ui/dialog'
import { Failure } from '../../ui/failure'
import { Choices } from '../../ui/fields'
import { Section } from '../../ui/page'
import { Ago } from '../../ui/time'
import { UserErrors } from '../../ui/user-errors'
import { catchUps } from './catch-ups'
import { PauseExportDocument, ResumeExportDocument } from './settings-query'

/** Pauses the scheduled runs, and resumes them. */
export function PauseSection({ pausedAt }: { readonly pausedAt: string | null }): ReactNode {
  return (
    <Section
      title={pausedAt === null ? 'Pause' : 'The export is paused'}
      lead={
        pausedAt === null ? (
          'No scheduled run starts while the export is paused. The settings stay, and no change is lost.'
        ) : (
          <>
            Since <Ago value={pausedAt} />. No scheduled run starts until you resume.
          </>
        )
      }
      actions={pausedAt === null ? <Pause /> : <Resume />}
    >
      {null}
    </Section>
  )
}

function Pause(): ReactNode {
  const [isOpen, setOpen] = useState(false)
  const [{ data, error, fetching }, pause] = useMutation(PauseExportDocument)
  const confirm = async (): Promise<void> => {
    const answer = await pause({})
    if (answer.data?.pauseDataExport.dataExport) setOpen(false)
  }
  return (
    <>
      <Button onPress={() => setOpen(true)}>Pause the export</Button>
      <Confirm
        title="Pause the export?"
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        action="Pause the export"
        isPending={fetching}
        onConfirm={() => void confirm()}
      >
        <p>No scheduled run starts until you resume. A run that is in progress continues. Run now still works.</p>
        {error && <Failure error={error} what="The export is not paused" />}
        <UserErrors errors={data?.pauseDataExport.userErrors ?? []} what="The export is not paused" />
      </Confirm>
    </>
  )
}

function Resume(): ReactNode {
  const [isOpen, setOpen] = useState(false)
  const [catchUp, setCatchUp] = useState<CatchUp>('ONE_FILE')
  const [{ data, error, fetching }, resume] = useMutation(ResumeExportDocument)
  const confirm = async (): Promise<void> => {
    const answer = await resume({ catchUp })
    if (answer.data?.resumeDataExport.dataExport) setOpen(false)
  }
  return (
    <>
      <Button look="primary" onPress={() => setOpen(true)}>
        Resume the export
      </Button>
      <Confirm
        title="Resume the export?"
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        action="Resume the export"
        isPending={fetching}
        onConfirm={() => void confirm()}
      >
        <Choices label="How the pause is made up for" choices={catchUps} value={catchUp} onChange={setCatchUp} />
        {error && <Failure error={error} what="The export is not resumed" />}
        <UserErrors errors={data?.resumeDataExport.userErrors ?? []} what="The export is not resumed" />
      </Confirm>
    </>
  )
}
