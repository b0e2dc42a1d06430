/** An OAuth issuer for the rehearsal: `GET /token?tenant=acme` gives a token. It has one key for as long as it runs. */
import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'

const issuer = 'https://issuer:8443'
const key = createPrivateKey(readFileSync('/issuer/signing.key'))
const jwk = { ...createPublicKey(key).export({ format: 'jwk' }), kid: 'rehearsal', alg: 'EdDSA', use: 'sig' }

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')

function token(tenant) {
  const claims = {
    iss: issuer,
    aud: 'tidemark',
    sub: 'rehearsal',
    tenant_id: tenant,
    scope: 'exports:read exports:write',
  }
  const exp = Math.floor(Date.now() / 1000) + 3600
  const signed = `${encoded({ alg: 'EdDSA', typ: 'at+jwt', kid: jwk.kid })}.${encoded({ ...claims, exp })}`
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`
}

const answers = {
  '/.well-known/oauth-authorization-server': () => ({ issuer, jwks_uri: `${issuer}/keys` }),
  '/keys': () => ({ keys: [jwk] }),
  '/token': (query) => ({ access_token: token(query.get('tenant')) }),
}

createServer(
  { key: readFileSync('/issuer/server.key'), cert: readFileSync('/issuer/server.crt') },
  (request, response) => {
    const { pathname, searchParams } = new URL(request.url, issuer)
    const answer = answers[pathname]?.(searchParams)
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}))
  },
).listen(8443)
