import { composeApi } from '../../../src/compose/api.js'
import type { Config } from '../../../src/config/config.js'
import { createLogger } from '../../../src/telemetry/logger.js'

/** An API process, with its log. */
export interface RunningApi extends AsyncDisposable {
  /** The codes of its alert lines of that kind, such as `opened`. */
  alerts(kind: string): unknown[]
}

export async function startApi(config: Config): Promise<RunningApi> {
  const lines: string[] = []
  const logger = createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } })
  const api = await composeApi(config, { logger })
  await api.listen()
  return {
    alerts: (kindOfAlert) =>
      lines.flatMap((line) => {
        const { alert, kind } = JSON.parse(line) as { alert?: unknown; kind?: unknown }
        return alert === undefined || kind !== kindOfAlert ? [] : [alert]
      }),
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  }
}
