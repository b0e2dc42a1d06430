import { getRouteApi } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components'
import { Copy } from '../../ui/copy'
import { Section } from '../../ui/page'
import { type Account, commandsFor, isTool, type Tool, tools } from './commands'
import { LoaderScript } from './loader-script'
import styles from './sftp.module.css'

const route = getRouteApi('/sftp')
const toolNames = Object.keys(tools) as Tool[]

/** Commands to copy, by program. The address has the program. */
export function Connect({ account }: { readonly account: Account }): ReactNode {
  const { tool = 'sftp' } = route.useSearch()
  const navigate = route.useNavigate()
  return (
    <Section
      title="Fetch files"
      lead="These commands have your own host, port, account and folder. They log in with the key ~/.ssh/tidemark."
    >
      <Tabs
        className={styles['tabs']}
        selectedKey={tool}
        onSelectionChange={(key) => {
          if (isTool(key))
            void navigate({ search: (search) => ({ ...search, tool: key }), replace: true, resetScroll: false })
        }}
      >
        <TabList className={styles['tabList']} aria-label="Programs">
          {toolNames.map((name) => (
            <Tab key={name} id={name} className={styles['tab']}>
              {tools[name]}
            </Tab>
          ))}
        </TabList>
        {toolNames.map((name) => (
          <TabPanel key={name} id={name} className={styles['panel']}>
            <Commands tool={name} account={account} />
          </TabPanel>
        ))}
      </Tabs>
    </Section>
  )
}

function Commands({ tool, account }: { readonly tool: Tool; readonly account: Account }): ReactNode {
  const [today] = useState(() => new Date())
  return (
    <>
      {tool === 'loader' && <LoaderScript />}
      {commandsFor(tool, account, today).map(({ title, text, note }) => (
        <div key={title} className={styles['group']}>
          <h3>{title}</h3>
          <Copy text={text} what={`the command: ${title}`} />
          {note !== undefined && <p className={styles['hint']}>{note}</p>}
        </div>
      ))}
    </>
  )
}
