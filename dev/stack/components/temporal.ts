import { join } from 'node:path'
import { searchAttributes } from '../../../src/contracts.js'
import { findTemporalCli } from '../../temporal/cli.js'
import { startTemporal } from '../../temporal/server.js'
import { type Component, type ComponentContext, externalComponent } from './component.js'

export async function startTemporalComponent(context: ComponentContext): Promise<Component> {
  const { environment, folder, report, signal } = context
  if (environment['TEMPORAL_ADDRESS']) return externalComponent
  const cliPath = await findTemporalCli({ environment, report, signal })
  report('Temporal: starting')
  const temporal = await startTemporal({
    cliPath,
    folder: join(folder.path, 'temporal'),
    namespace: environment['TEMPORAL_NAMESPACE'] ?? 'default',
    searchAttributes,
    report,
  })
  return {
    environment: { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_UI_URL: temporal.uiUrl },
    exited: temporal.exited.then((how) => `Temporal ended: ${how}`),
    stop: () => temporal.stop(),
  }
}
