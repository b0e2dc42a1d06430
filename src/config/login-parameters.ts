/** The parameters of an authorization request that Tidemark sets itself. */
const ownParameters: ReadonlySet<string> = new Set([
  'client_id',
  'client_secret',
  'code_challenge',
  'code_challenge_method',
  'max_age',
  'nonce',
  'redirect_uri',
  'request',
  'request_uri',
  'response_mode',
  'response_type',
  'scope',
  'state',
])

/** Reads `audience=tidemark&prompt=select_account`. Undefined if the text has another form, or a parameter of Tidemark's own. */
export function parseLoginParameters(text: string): Readonly<Record<string, string>> | undefined {
  const pairs = [...new URLSearchParams(text)]
  const isValid = pairs.every(([name, value]) => name !== '' && value !== '' && !ownParameters.has(name))
  return isValid && pairs.length > 0 ? Object.fromEntries(pairs) : undefined
}
