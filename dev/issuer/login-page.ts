import { createHash } from 'node:crypto'

/** The looks of the issuer's pages. They contain no script. */
const css = `
:root { color-scheme: light dark; --text: light-dark(#17242a, #e6edf0); --muted: light-dark(#53656d, #9fb0b8);
  --line: light-dark(#7b8b92, #6f8189); --accent: light-dark(#0b6473, #5cc4d4); --bad: light-dark(#b0261e, #ff9a90); }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: light-dark(#f6f8f9, #101518);
  color: var(--text); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { width: min(100%, 24rem); padding: 2rem 1.75rem; border: 1px solid light-dark(#dbe2e5, #2d383e); border-radius: 10px;
  background: light-dark(#fff, #181f23); }
h1 { margin: 0; font-size: 1.375rem; line-height: 1.3; }
p { margin: 0.4rem 0 0; color: var(--muted); }
form { display: grid; gap: 1rem; margin-top: 1.5rem; }
label { display: grid; gap: 0.3rem; font-weight: 600; }
input { min-height: 2.5rem; padding: 0.4rem 0.7rem; border: 1px solid var(--line); border-radius: 6px; background: transparent;
  color: inherit; font: inherit; }
button { min-height: 2.5rem; border: 0; border-radius: 6px; background: var(--accent); color: light-dark(#fff, #06242a);
  font: inherit; font-weight: 650; cursor: pointer; }
input:focus-visible, button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.bad { color: var(--bad); font-weight: 600; }
`

export interface Page {
  readonly html: string
  readonly policy: string
}

/** @param answersTo the origin that the form may lead to in the end */
function page(title: string, content: string, answersTo = ''): Page {
  const hash = createHash('sha256').update(css).digest('base64')
  return {
    html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${css}</style>
</head>
<body><main>${content}</main></body>
</html>
`,
    policy:
      `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; frame-ancestors 'none'; ` +
      `form-action 'self' ${answersTo}`.trim(),
  }
}

export interface LoginForm {
  readonly clientName: string
  readonly redirectUri: string
  /** The query of the authorization request. */
  readonly request: string
  readonly secret: string
  readonly username: string
  /** Why the user is not logged in yet. */
  readonly problem: string | undefined
}

export function loginPage({ clientName, redirectUri, request, secret, username, problem }: LoginForm): Page {
  const error = problem === undefined ? '' : `<p class="bad" role="alert" id="problem">${escaped(problem)}</p>`
  const described = problem === undefined ? '' : ' aria-describedby="problem" aria-invalid="true"'
  const focus = username === '' ? ['autofocus', ''] : ['', 'autofocus']
  return page(
    `Log in to ${escaped(clientName)}`,
    `<h1>Log in to ${escaped(clientName)}</h1>
<p>These users exist only on this machine. The start of the stack prints their names and passwords.</p>
${error}
<form method="post" action="/login">
<input type="hidden" name="request" value="${escaped(request)}">
<input type="hidden" name="secret" value="${escaped(secret)}">
<label>User name<input name="username" value="${escaped(username)}" autocomplete="username" autocapitalize="none" spellcheck="false" required ${focus[0]}${described}></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required ${focus[1]}></label>
<button>Log in</button>
</form>`,
    new URL(redirectUri).origin,
  )
}

export function messagePage(title: string, text: string): Page {
  return page(escaped(title), `<h1>${escaped(title)}</h1><p>${escaped(text)}</p>`)
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character)
}
