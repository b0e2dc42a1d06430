import { type Admin, composeAdmin } from '../../../../src/compose/admin.js'
import { composeApi } from '../../../../src/compose/api.js'
import { loadConfig } from '../../../../src/config/config.js'
import type { Environment } from '../../../../src/config/env.js'
import { createLogger } from '../../../../src/telemetry/logger.js'
import { type AlertReceiver, startAlertReceiver } from '../../../support/alert-receiver.js'
import { startTokenAuthority, type TokenAuthority } from '../../../support/api/token-authority.js'
import { startProgram } from '../../../support/programs/program.js'
import { createWorld, type RunningWorker, type World, type WorldOptions } from '../../../support/world/world.js'
import { alertDelaySeconds, pace } from './bounds.js'

/** A deployment on real servers, its operators' webhook, and their commands. */
export interface Scene extends AsyncDisposable {
  readonly world: World
  readonly hook: AlertReceiver
  readonly issuer: TokenAuthority
  /** An operator at a command line, without the start of a process. */
  readonly admin: Admin
  /** The process that watches, and reconciles schedules. */
  startApi(environment?: Environment): Promise<AsyncDisposable>
  startWorker(environment?: Environment): Promise<RunningWorker>
  /** Runs the program `tidemark` with `--json`. */
  tidemark(words: readonly string[], environment?: Environment): Promise<Answer>
}

export interface Answer {
  readonly exitCode: number | null
  readonly result: unknown
  /** Everything that the program wrote. */
  readonly text: string
}

const quiet = createLogger({ level: 'info', destination: { write: () => undefined } })

export async function createScene({ environment, ...options }: WorldOptions = {}): Promise<Scene> {
  const hook = await startAlertReceiver()
  const issuer = await startTokenAuthority()
  const world = await createWorld({
    ...options,
    worker: false,
    environment: {
      ALERT_WEBHOOK_URL: hook.url,
      ALERT_DELAY_SECONDS: String(alertDelaySeconds),
      OAUTH_ISSUER: issuer.issuer,
      TEMPORAL_UI_URL: 'http://127.0.0.1:8233',
      RECONCILE_SECONDS: '1',
      PORT: '0',
      ...environment,
    },
  })
  const admin = await composeAdmin(world.config, { logger: quiet })
  return {
    world,
    hook,
    issuer,
    admin,
    startApi: async (different = {}) => {
      const api = await composeApi(loadConfig({ ...world.environment, ...different }), { logger: quiet, pace })
      await api.listen()
      return api
    },
    startWorker: (different) => world.startWorker(different, { pace }),
    tidemark: async (words, different = {}) => {
      const program = startProgram('cli', [...words, '--json'], { ...world.environment, ...different })
      const exitCode = await program.exitCode()
      const printed = program.result()
      return { exitCode, result: printed === '' ? undefined : JSON.parse(printed), text: program.output() }
    },
    [Symbol.asyncDispose]: async () => {
      await admin[Symbol.asyncDispose]()
      await world[Symbol.asyncDispose]()
      await issuer[Symbol.asyncDispose]()
      await hook[Symbol.asyncDispose]()
    },
  }
}

/** The names of the checks of `tidemark doctor` that found something, as the program prints them. */
export function troubled({ result }: Answer): string[] {
  const checks = result as readonly { readonly name: string; readonly state: string }[]
  return checks.filter(({ state }) => state !== 'ok').map(({ name }) => name)
}
