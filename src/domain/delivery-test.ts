import { asExportError, type ExportErrorCode, exportErrors } from './errors.js'
import type { SourceWarningCode } from './source-finding.js'

interface StepDefinition {
  readonly meaning: string
  /** What an operator does if the step fails, if the step says more than the code of the failure. */
  readonly remedy?: string
}

/** The steps of a test of the delivery, in their order. */
export const deliveryTestSteps = {
  WORKER: {
    meaning: 'A worker takes the test from the task queue.',
    remedy: 'Start a worker, or more of them if all are busy. Compare TEMPORAL_TASK_QUEUE of the workers and the API.',
  },
  SFTP_RESOLVE: {
    meaning: 'The host name of the SFTP server has an address.',
    remedy: 'Correct SFTP_HOST, or the name service of the worker.',
  },
  SFTP_CONNECT: {
    meaning: 'The SFTP server accepts a connection and speaks SSH.',
    remedy: 'Start the SFTP server, permit the connection in the firewall, or correct SFTP_HOST and SFTP_PORT.',
  },
  SFTP_HOST_KEY: {
    meaning: 'The SFTP server presents a host key that is pinned.',
  },
  SFTP_LOGIN: {
    meaning: 'The SFTP server accepts the login.',
  },
  SFTP_FOLDER: {
    meaning: "The tenant's folder exists, or can be created.",
  },
  SFTP_WRITE: {
    meaning: "A hidden file can be written in the tenant's folder.",
  },
  SFTP_RENAME: {
    meaning: 'The hidden file can be renamed, as a delivery does it.',
  },
  SFTP_REMOVE: {
    meaning: 'The hidden file can be removed.',
  },
  SFTP_SPACE: {
    meaning: 'The SFTP server has space left. It is skipped if the server does not report that.',
  },
  SOURCE_CONNECT: {
    meaning: 'The source database accepts the login, and its settings do not change or hide values.',
  },
  SOURCE_RIGHTS: {
    meaning: 'The login can read all rows and columns of the tables of the active entities.',
  },
  SOURCE_TRIGGER: {
    meaning: 'Triggers record each change of the tables.',
  },
  SOURCE_INDEX: {
    meaning: 'Indexes serve the reads of the tables.',
  },
} as const satisfies Readonly<Record<string, StepDefinition>>
export type DeliveryTestStepName = keyof typeof deliveryTestSteps

export const deliveryTestStatuses = {
  OK: 'The step succeeded.',
  WARNING: 'Files are delivered. The message names a risk.',
  FAILED: 'The step failed. Deliveries fail, too.',
  SKIPPED: 'The step was not possible, because an earlier step failed or the server lacks the request.',
} as const
export type DeliveryTestStatus = keyof typeof deliveryTestStatuses

export interface DeliveryTestStep {
  readonly name: DeliveryTestStepName
  readonly status: DeliveryTestStatus
  /** Null if the step was skipped, or was part of the step before. */
  readonly durationMs: number | null
  readonly code: ExportErrorCode | SourceWarningCode | null
  readonly message: string | null
  readonly remedy: string | null
}

/** What a step has found. Without a finding it is OK. */
export type StepFinding = Pick<DeliveryTestStep, 'status'> &
  Partial<Pick<DeliveryTestStep, 'code' | 'message' | 'remedy'>>

export function stepOf(
  name: DeliveryTestStepName,
  durationMs: number | null,
  { status, code = null, message = null, remedy }: StepFinding = { status: 'OK' },
): DeliveryTestStep {
  const usual = status === 'FAILED' ? usualRemedy(name, code) : null
  return { name, status, durationMs: durationMs && Math.round(durationMs), code, message, remedy: remedy ?? usual }
}

function usualRemedy(name: DeliveryTestStepName, code: DeliveryTestStep['code']): string | null {
  const { remedy }: StepDefinition = deliveryTestSteps[name]
  if (remedy !== undefined) return remedy
  return code !== null && code in exportErrors ? exportErrors[code as ExportErrorCode].remedy : null
}

export function skipped(...names: readonly DeliveryTestStepName[]): DeliveryTestStep[] {
  return names.map((name) => stepOf(name, null, { status: 'SKIPPED' }))
}

export function failedBy(error: unknown): StepFinding {
  const { code, message } = asExportError(error)
  return { status: 'FAILED', code, message }
}

/** Takes a step and measures it. The step fails with the error that `work` throws. */
export async function takeStep(
  name: DeliveryTestStepName,
  work: () => Promise<StepFinding | undefined>,
): Promise<DeliveryTestStep> {
  const begun = performance.now()
  const finding = await work().catch(failedBy)
  return stepOf(name, performance.now() - begun, finding)
}

/** The name of the file that a test writes and removes. It is stored only under hidden names. */
export const deliveryTestFile = 'delivery-test'
