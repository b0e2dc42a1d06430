import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import { sendPage } from './pages.js'

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { min-height: 100vh; margin: 0; display: grid; place-items: center }
main { max-width: 26rem; padding: 1.5rem }
h1 { font-size: 1.25rem; margin: 0 0 .5rem }
`
const styleHash = createHash('sha256').update(style).digest('base64')
const policy =
  `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; ` +
  "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

export interface LoginFailure {
  readonly status: number
  readonly message: string
  /** Where the user tries again. */
  readonly loginUrl: string
}

/** A page for a browser whose login did not succeed. It needs no script, and no built file of the console. */
export function sendLoginFailure(reply: FastifyReply, { status, message, loginUrl }: LoginFailure): FastifyReply {
  const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Login failed · Tidemark</title>
<style>${style}</style>
</head>
<body><main>
<h1>You are not logged in</h1>
<p>${escaped(message)}</p>
<p><a href="${escaped(loginUrl)}">Log in again</a></p>
</main></body>
</html>
`
  return sendPage(reply.code(status), page, policy)
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
