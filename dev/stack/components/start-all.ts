import type { Component, ComponentContext } from './component.js'
import { type IssuerComponent, startIssuerComponent } from './issuer.js'
import { type PostgresComponent, startPostgresComponent } from './postgres.js'
import { startSftpComponent } from './sftp.js'
import { startTemporalComponent } from './temporal.js'

export interface Components {
  readonly all: readonly Component[]
  readonly issuer: IssuerComponent
  readonly postgres: PostgresComponent
}

/** Starts all components at once. If one fails, it still waits for the others, so that `onStarted` gets all that run. */
export async function startComponents(
  context: ComponentContext,
  onStarted: (components: readonly Component[]) => void,
): Promise<Components> {
  const issuer = startIssuerComponent(context)
  const postgres = startPostgresComponent(context)
  const starting = [postgres, startTemporalComponent(context), startSftpComponent(context, postgres), issuer]
  const settled = await Promise.allSettled(starting)
  const all = settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  onStarted(all)
  const failed = settled.find((outcome) => outcome.status === 'rejected')
  if (failed) throw failed.reason
  return { all, issuer: await issuer, postgres: await postgres }
}
