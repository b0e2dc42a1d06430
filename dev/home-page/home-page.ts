import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { HomePage } from '../../src/compose/api.js'
import type { ConnectionInfo, TenantConnection } from '../stack/connection-file.js'
import { firstSteps } from './first-steps.js'

const script = 'text/javascript; charset=utf-8'
const style = 'text/css; charset=utf-8'

/** Allows no content of other servers and no inline scripts. GraphiQL's editor needs inline styles. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  'font-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** The page at `/`: GraphiQL with a token and examples, links to other pages, and commands to copy. */
export function homePage(connection: ConnectionInfo, tenant: TenantConnection): HomePage {
  return {
    files: new Map([
      ['page.js', { path: beside('page.js'), type: script }],
      ['page.css', { path: beside('page.css'), type: style }],
      ['react.js', { path: packaged('react18', 'umd/react.production.min.js'), type: script }],
      ['react-dom.js', { path: packaged('react18-dom', 'umd/react-dom.production.min.js'), type: script }],
      ['graphiql.js', { path: packaged('graphiql', 'graphiql.min.js'), type: script }],
      ['graphiql.css', { path: packaged('graphiql', 'graphiql.min.css'), type: style }],
    ]),
    html: ({ token, examples }) => pageHtml(connection, tenant, { token: token ?? null, examples }),
  }
}

function beside(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}

function packaged(name: string, file: string): string {
  return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), file)
}

interface PageData {
  readonly token: string | null
  readonly examples: string
}

function pageHtml(connection: ConnectionInfo, tenant: TenantConnection, data: PageData): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tidemark on this machine</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="home/graphiql.css">
<link rel="stylesheet" href="home/page.css">
</head>
<body>
<header>
<h1>Tidemark</h1>
<p>GraphiQL sends its requests as the tenant <b>${tenant.tenantId}</b>. Pick an example with the play button.</p>
<nav>${linksHtml(connection)}</nav>
</header>
<details>
<summary>Token, shell commands and files</summary>
${data.token === null ? '<p>The page has no token. Set one in the headers of GraphiQL.</p>' : itemHtml('Token, valid for 15 minutes', data.token)}
${itemsHtml(connection, tenant)}
</details>
<main id="graphiql"></main>
<script type="application/json" id="data">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>
<script src="home/react.js"></script>
<script src="home/react-dom.js"></script>
<script src="home/graphiql.js"></script>
<script src="home/page.js"></script>
</body>
</html>
`
}

function linksHtml({ temporalUiUrl, consoleUrl }: ConnectionInfo): string {
  const links: (readonly [string, string])[] = [
    ...(consoleUrl === null ? [] : [['console/', 'Console'] as const]),
    ['graphql', 'Apollo Sandbox (needs an internet connection)'],
    ['openapi.json', 'REST'],
    ['healthz', 'Health'],
    ...(temporalUiUrl === null ? [] : [[temporalUiUrl, 'Temporal UI'] as const]),
  ]
  return links.map(([url, title]) => `<a href="${escaped(url)}" target="_blank">${title}</a>`).join('\n')
}

function itemsHtml(connection: ConnectionInfo, tenant: TenantConnection): string {
  const { sftp, console } = tenant
  const steps = firstSteps(connection, tenant)
  return [
    ...(steps === undefined ? [] : [itemHtml('Get a token, and register an export with it', steps)]),
    ...(console === null
      ? []
      : [
          itemHtml(`User of ${tenant.tenantId} for the console`, console.username),
          itemHtml('Password of this user', console.password),
        ]),
    ...(sftp === null
      ? []
      : [
          itemHtml('Files', `sftp -P ${sftp.port} ${sftp.username}@${sftp.host}`),
          itemHtml('Password for the files', sftp.password),
        ]),
    ...(connection.oauth.tokenUrl === null ? [] : [itemHtml('Token endpoint', connection.oauth.tokenUrl)]),
  ].join('\n')
}

function itemHtml(title: string, text: string): string {
  return `<section><h2>${title}</h2><button type="button">Copy</button><pre>${escaped(text)}</pre></section>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
