export { deliverWebhooks } from './deliver-webhooks.js'
export { exportRun } from './export-run.js'
export { removeOldFiles } from './remove-old-files.js'
export { testDelivery } from './test-delivery.js'
