import { type Check, fine, warning } from './examine.js'

/** Whether alerts go anywhere but into the log. */
export function alertCheck(webhookUrl: string | undefined): Check {
  return {
    name: 'alerts',
    remedy: 'Set ALERT_WEBHOOK_URL.',
    run: async () =>
      webhookUrl === undefined
        ? warning('Alerts go to the log only.', 'Set ALERT_WEBHOOK_URL.')
        : fine('Alerts are posted to ALERT_WEBHOOK_URL.'),
  }
}
