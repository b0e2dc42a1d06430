import './ui/tokens.css'
import './ui/base.css'
import { createRoot } from 'react-dom/client'
import { App } from './app/app'
import { readSession } from './app/session'

const element = document.getElementById('root')
if (!element) throw new Error('The page has no element with the id root.')
const root = createRoot(element)
readSession().then(
  (session) => root.render(<App session={session} />),
  () => root.render(<App session={undefined} isUnavailable />),
)
