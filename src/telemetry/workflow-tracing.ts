import { createRequire } from 'node:module'

/** The file of the workflow interceptors for traces, which the bundle of the workflows contains. */
export function workflowTracing(): string {
  return createRequire(import.meta.url).resolve('@temporalio/interceptors-opentelemetry/lib/workflow-interceptors')
}
