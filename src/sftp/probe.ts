import { lookup } from 'node:dns/promises'
import {
  type DeliveryTestStep,
  type DeliveryTestStepName,
  failedBy,
  skipped,
  type StepFinding,
  stepOf,
  takeStep,
} from '../domain/delivery-test.js'
import { asExportError, ExportError } from '../domain/errors.js'
import { untilAborted } from '../domain/until-aborted.js'
import { connect, type ConnectStage } from './connect.js'
import type { Connection } from './connection.js'
import { reasonOf, unavailable } from './errors.js'
import { probeFolder } from './probe-folder.js'
import { hostKeyTypes } from './host-key-types.js'
import { defaultLimits, type ProbedFolder, type SftpLimits, type SftpOptions } from './types.js'

/** Takes each step of a delivery once, on a connection of its own. It never throws: a step fails instead. */
export type SftpProbe = (where: ProbedFolder, signal: AbortSignal) => Promise<DeliveryTestStep[]>

const folderSteps = ['SFTP_FOLDER', 'SFTP_WRITE', 'SFTP_RENAME', 'SFTP_REMOVE', 'SFTP_SPACE'] as const

export function createSftpProbe(options: SftpOptions & Partial<SftpLimits>): SftpProbe {
  const limits = { ...defaultLimits, ...options }
  const open = (signal: AbortSignal, onStage?: (stage: ConnectStage) => void): Promise<Connection> =>
    connect(options, limits, hostKeyTypes(), signal, onStage)
  return async (where, signal) => {
    const resolving = await takeStep('SFTP_RESOLVE', () => resolve(options.host, signal))
    if (resolving.status !== 'OK') {
      return [resolving, ...skipped('SFTP_CONNECT', 'SFTP_HOST_KEY', 'SFTP_LOGIN', ...folderSteps)]
    }
    const { steps, connection } = await connected(open, signal)
    if (!connection) return [resolving, ...steps, ...skipped(...folderSteps)]
    try {
      return [resolving, ...steps, ...(await probeFolder({ connection, open }, options, where, signal))]
    } finally {
      await connection.close()
    }
  }
}

async function resolve(host: string, signal: AbortSignal): Promise<StepFinding | undefined> {
  try {
    await untilAborted(lookup(host), signal)
    return undefined
  } catch (error) {
    if (error instanceof ExportError) throw error
    throw unavailable(`Resolving ${host}`, reasonOf(error), error)
  }
}

const connectSteps = ['SFTP_CONNECT', 'SFTP_HOST_KEY', 'SFTP_LOGIN'] as const

/** One attempt to connect is three steps, which end when the connection reaches a stage. */
async function connected(
  open: (signal: AbortSignal, onStage: (stage: ConnectStage) => void) => Promise<Connection>,
  signal: AbortSignal,
): Promise<{ steps: DeliveryTestStep[]; connection: Connection | undefined }> {
  const begun = performance.now()
  const reached: Partial<Record<ConnectStage, number>> = {}
  const endOf = (name: (typeof connectSteps)[number]): number | undefined => reached[stageAfter[name]]
  let connection: Connection | undefined
  let failure: unknown
  try {
    connection = await open(signal, (stage) => (reached[stage] = performance.now()))
  } catch (error) {
    failure = error
  }
  const failing = connection ? undefined : failingStep(failure, reached)
  const steps: DeliveryTestStep[] = []
  let from = begun
  for (const name of connectSteps) {
    if (failing !== undefined && steps.some((step) => step.name === failing)) {
      steps.push(...skipped(name))
      continue
    }
    const end = (name === failing ? undefined : endOf(name)) ?? performance.now()
    steps.push(stepOf(name, Math.max(0, end - from), name === failing ? failedBy(failure) : undefined))
    from = end
  }
  return { steps, connection }
}

const stageAfter = {
  SFTP_CONNECT: 'SPOKEN',
  SFTP_HOST_KEY: 'HOST_KEY_ACCEPTED',
  SFTP_LOGIN: 'LOGGED_IN',
} as const satisfies Partial<Record<DeliveryTestStepName, ConnectStage>>

function failingStep(error: unknown, reached: Partial<Record<ConnectStage, number>>): (typeof connectSteps)[number] {
  const { code } = asExportError(error)
  if (code === 'SFTP_HOST_KEY_MISMATCH') return 'SFTP_HOST_KEY'
  if (code === 'SFTP_AUTHENTICATION_FAILED' || reached.HOST_KEY_ACCEPTED !== undefined) return 'SFTP_LOGIN'
  return 'SFTP_CONNECT'
}
