/** The demo's requests to the API, over HTTP like those of any client. */
export interface ApiClient {
  /** Adds an armored public key. */
  addPgpKey(publicKey: string): Promise<void>
  /** Adds a webhook for delivered files, and returns its secret. */
  addWebhook(url: string): Promise<string>
  register(input: object): Promise<RegisterPayload>
  startRun(): Promise<string>
  run(id: string): Promise<RunReport>
  runs(): Promise<RunReport[]>
}

export interface RegisterPayload {
  readonly dataExport: {
    readonly version: number
    readonly entityList: readonly string[]
    readonly schedule: { readonly state: string; readonly nextRunTimes: readonly string[] }
  } | null
  readonly userErrors: readonly { readonly code: string; readonly message: string }[]
}

export interface RunReport {
  readonly id: string
  readonly status: string
  readonly to: string
  readonly finishedAt: string | null
  readonly manifestPath: string | null
  readonly entities: readonly {
    readonly entity: { readonly displayName: string; readonly internalName: string }
    readonly mode: string
    readonly status: string
    readonly rows: string | number | null
    readonly bytes: string | number | null
    readonly path: string | null
    readonly error: { readonly code: string; readonly message: string } | null
  }[]
}

const runFields = `id status to finishedAt manifestPath
  entities { entity { displayName internalName } mode status rows bytes path error { code message } }`

/** @throws if the API answers with an error */
export function apiClient(graphqlUrl: string, token: string): ApiClient {
  const ask = async <T>(query: string, variables: object = {}): Promise<T> => {
    const response = await fetch(graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    })
    const { data, errors } = (await response.json()) as { data?: T; errors?: { message: string }[] }
    if (errors || !data) throw new Error(`The API answered with an error: ${JSON.stringify(errors ?? response.status)}`)
    return data
  }
  return {
    addPgpKey: async (publicKey) => {
      const { addPgpKey } = await ask<{ addPgpKey: { userErrors: { message: string }[] } }>(
        'mutation AddKey($publicKey: String!) { addPgpKey(publicKey: $publicKey, label: "demo") { userErrors { code message } } }',
        { publicKey },
      )
      if (addPgpKey.userErrors.length > 0) throw new Error(addPgpKey.userErrors.map(({ message }) => message).join(' '))
    },
    addWebhook: async (url) => {
      const { addWebhook } = await ask<{ addWebhook: { secret: string | null; userErrors: { message: string }[] } }>(
        `mutation AddWebhook($url: String!) {
          addWebhook(input: { url: $url, label: "demo", types: [EXPORT_FILES_DELIVERED], ordered: true }) {
            secret
            userErrors { code message }
          }
        }`,
        { url },
      )
      if (addWebhook.secret === null) throw new Error(addWebhook.userErrors.map(({ message }) => message).join(' '))
      return addWebhook.secret
    },
    register: async (input) => {
      const { registerDataExport } = await ask<{ registerDataExport: RegisterPayload }>(
        `mutation Register($input: RegisterDataExportInput!) {
          registerDataExport(input: $input) {
            dataExport { version entityList schedule { state nextRunTimes } }
            userErrors { code message }
          }
        }`,
        { input },
      )
      return registerDataExport
    },
    startRun: async () => {
      const { runDataExport } = await ask<{
        runDataExport: { run: { id: string } | null; userErrors: { message: string }[] }
      }>('mutation RunNow { runDataExport { run { id } userErrors { code message } } }')
      if (!runDataExport.run) throw new Error(runDataExport.userErrors.map(({ message }) => message).join(' '))
      return runDataExport.run.id
    },
    run: async (id) => {
      const query = `query Run($id: ID!) { exportRun(id: $id) { ${runFields} } }`
      const { exportRun } = await ask<{ exportRun: RunReport | null }>(query, { id })
      if (!exportRun) throw new Error(`The API does not know the run ${id}.`)
      return exportRun
    },
    runs: async () => {
      const query = `query Runs { exportRuns(first: 10) { edges { node { ${runFields} } } } }`
      const { exportRuns } = await ask<{ exportRuns: { edges: { node: RunReport }[] } }>(query)
      return exportRuns.edges.map(({ node }) => node)
    },
  }
}
