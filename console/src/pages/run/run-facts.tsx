import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { ExternalLink } from '../../ui/external-link'
import type { RunDetailFragment } from '../../gql/graphql'
import { CopyButton } from '../../ui/copy'
import { type Fact, Facts } from '../../ui/facts'
import { Time } from '../../ui/time'
import { windowWords } from '../deliveries/delivery-words'
import { RunDuration } from '../runs/runs-table'
import styles from './run.module.css'

export function RunFacts({ run }: { readonly run: RunDetailFragment }): ReactNode {
  return <Facts facts={factsOf(run)} />
}

function factsOf(run: RunDetailFragment): Fact[] {
  return [
    { name: 'Requested or due', value: <Time value={run.queuedAt} /> },
    { name: 'Began', value: <Time value={run.startedAt} none="not yet" /> },
    { name: 'Ended', value: <Time value={run.finishedAt} none="not yet" /> },
    { name: 'Duration', value: <RunDuration run={run} /> },
    { name: 'Window', value: windowWords(run.window) },
    { name: 'Settings', value: <SettingsVersion version={run.registrationVersion} /> },
    { name: 'Manifest', value: <ManifestPath path={run.manifestPath} /> },
    { name: 'Run id', value: <Copied text={run.id} what="the id of the run" /> },
    ...(run.temporalUiUrl == null ? [] : [{ name: 'Temporal', value: <TemporalLink url={run.temporalUiUrl} /> }]),
  ]
}

function SettingsVersion({ version }: { readonly version: number | null | undefined }): ReactNode {
  if (version == null) return 'not planned yet'
  return <Link to="/settings/history">Version {version}</Link>
}

function ManifestPath({ path }: { readonly path: string | null | undefined }): ReactNode {
  return path == null ? 'none' : <Copied text={path} what="the path of the manifest" />
}

function Copied({ text, what }: { readonly text: string; readonly what: string }): ReactNode {
  return (
    <span className={styles['copied']}>
      <code>{text}</code>
      <CopyButton text={text} what={what} />
    </span>
  )
}

function TemporalLink({ url }: { readonly url: string }): ReactNode {
  return <ExternalLink url={url}>Open the workflow in Temporal</ExternalLink>
}
