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

async function fetcher(operation, { headers } = {}) {
  let response = await send(operation, headers)
  if (response.status === 401 && token !== null) {
    await renewToken()
    response = await send(operation, headers)
  }
  return response.json()
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
