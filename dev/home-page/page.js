/* Runs in the browser: starts GraphiQL with the page's token and examples, and makes the copy buttons work. */
const data = JSON.parse(document.getElementById('data').textContent)
let { token } = data

/** Fetches the page again to get a new token when the old one has expired. */
async function renewToken() {
  const page = new DOMParser().parseFromString(await (await fetch('/')).text(), 'text/html')
  token = JSON.parse(page.getElementById('data').textContent).token
}

function send(operation, headers) {
  return fetch('graphql', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: JSON.stringify(operation),
  })
}

/** Sends the operation, once more with a new token if the old one has expired. */
async function answerOf(operation, headers) {
  const response = await send(operation, headers)
  if (response.status !== 401 || token === null) return response
  await renewToken()
  return send(operation, headers)
}

/** The results of a subscription, from server-sent events. */
async function* resultsOf(operation, headers) {
  const response = await answerOf(operation, { ...headers, accept: 'text/event-stream' })
  if (!response.headers.get('content-type').startsWith('text/event-stream')) {
    yield await response.json()
    return
  }
  let text = ''
  for await (const chunk of chunksOf(response.body.pipeThrough(new TextDecoderStream()))) {
    const events = (text + chunk).split('\n\n')
    text = events.pop()
    for (const event of events) {
      if (event.startsWith('event: next')) yield JSON.parse(event.slice(event.indexOf('data: ') + 'data: '.length))
    }
  }
}

async function* chunksOf(stream) {
  const reader = stream.getReader()
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) yield chunk.value
  } finally {
    await reader.cancel()
  }
}

function isSubscription({ operationName }, document) {
  const operations = document.definitions.filter(({ kind }) => kind === 'OperationDefinition')
  const chosen = operations.find(({ name }) => name?.value === operationName) ?? operations[0]
  return chosen?.operation === 'subscription'
}

function fetcher(operation, { headers, documentAST } = {}) {
  if (documentAST && isSubscription(operation, documentAST)) return resultsOf(operation, headers)
  return answerOf(operation, headers).then((response) => response.json())
}

ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, { fetcher, defaultQuery: data.examples, defaultEditorToolsVisibility: false }),
)

for (const button of document.querySelectorAll('details section button')) {
  button.addEventListener('click', () => void copy(button))
}

async function copy(button) {
  await navigator.clipboard.writeText(button.parentElement.querySelector('pre').textContent)
  button.textContent = 'Copied'
}
