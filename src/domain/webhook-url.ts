import type { WebhookKind } from './webhook.js'

export const webhookUrlProblems = {
  MALFORMED: 'url is not a URL. Send one such as https://example.com/tidemark.',
  TOO_LONG: 'url is longer than 2,000 characters. Choose a shorter path.',
  NOT_HTTPS: 'url does not begin with https://. Tidemark sends events only encrypted.',
  CREDENTIALS: 'url contains a user name or a password. Leave them out: the signature proves the sender.',
  FRAGMENT: 'url contains a fragment (#…), which is never sent. Leave it out.',
  PORT: 'url has a port that is not 443 and below 1024. Use port 443, or a port from 1024 on.',
  HOST: 'url has a host that no public endpoint can have, such as localhost or a private address. Use a public host name.',
  NOT_SLACK: 'url is not an incoming webhook of Slack. It begins with https://hooks.slack.com/.',
  NOT_TEAMS:
    'url is not a webhook of a workflow of Microsoft Teams. Its host ends with .webhook.office.com, .logic.azure.com or ' +
    '.api.powerplatform.com.',
} as const
export type WebhookUrlProblem = keyof typeof webhookUrlProblems

export interface UrlRules {
  readonly kind: WebhookKind
  /** For tests and the local stack: http, private addresses, any port, and any host for SLACK and TEAMS. */
  readonly allowPrivate: boolean
  /** Whether a host that is an IP address is public. */
  readonly isPublicAddress: (address: string) => boolean
}

const longestUrl = 2000
const slackHosts = /^hooks\.slack(-gov)?\.com$/
const teamsHosts = /\.(webhook\.office\.com|logic\.azure\.com|api\.powerplatform\.com)$/
/** Names that are never public (RFC 6761, RFC 6762, RFC 8375), and names without a dot. */
const localNames = /(^|\.)(localhost|local|internal|intranet|lan|home\.arpa|test|invalid|example|onion)$/

/** What is wrong with the URL of an endpoint; undefined if nothing is. The addresses of its host are checked with each message. */
export function problemOfWebhookUrl(text: string, rules: UrlRules): WebhookUrlProblem | undefined {
  if (text.length > longestUrl) return 'TOO_LONG'
  if (!URL.canParse(text)) return 'MALFORMED'
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return 'CREDENTIALS'
  if (url.hash !== '') return 'FRAGMENT'
  if (url.protocol !== 'https:' && !(rules.allowPrivate && url.protocol === 'http:')) return 'NOT_HTTPS'
  return rules.allowPrivate ? undefined : problemOfPlace(url, rules)
}

function problemOfPlace({ hostname, port }: URL, { kind, isPublicAddress }: UrlRules): WebhookUrlProblem | undefined {
  if (port !== '' && Number(port) < 1024) return 'PORT'
  const host = hostname.replace(/\.$/, '')
  const address = addressOf(host)
  if (address !== undefined ? !isPublicAddress(address) : !host.includes('.') || localNames.test(host)) return 'HOST'
  if (kind === 'SLACK' && !slackHosts.test(host)) return 'NOT_SLACK'
  if (kind === 'TEAMS' && !teamsHosts.test(host)) return 'NOT_TEAMS'
  return undefined
}

/** The URL parser has brought an IP address into its usual form: `127.1` and `0x7f000001` are `127.0.0.1` by now. */
function addressOf(host: string): string | undefined {
  if (host.startsWith('[')) return host.slice(1, -1)
  return /^\d+(\.\d+){3}$/.test(host) ? host : undefined
}

/** What the API shows of a URL. The path of a URL of Slack or Teams is its secret. */
export function shownWebhookUrl(url: string, kind: WebhookKind): string {
  return kind === 'STANDARD' ? url : `${new URL(url).origin}/…`
}
