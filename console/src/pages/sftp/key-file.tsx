import { type ReactNode, useState } from 'react'
import { type DropItem, DropZone, type FileDropItem, FileTrigger, Text } from 'react-aria-components'
import { formatBytes } from '../../format/numbers'
import { Button } from '../../ui/button'
import { decodeKeyFile, largestKeyFile } from './public-key'
import styles from './sftp.module.css'

export interface KeyFileContent {
  readonly name: string
  readonly text: string
}

interface KeyFileProps {
  readonly onFile: (content: KeyFileContent) => void
}

/** A place to drop a `.pub` file, or to choose it. The file is read in the page. */
export function KeyFile({ onFile }: KeyFileProps): ReactNode {
  const [problem, setProblem] = useState<string>()
  const read = async (file: File | undefined): Promise<void> => {
    if (!file) return setProblem('Drop one file.')
    if (file.size > largestKeyFile) {
      return setProblem(
        `${file.name} has ${formatBytes(file.size)}, so it is not a public key. Take the file that ends in .pub.`,
      )
    }
    setProblem(undefined)
    onFile({ name: file.name, text: decodeKeyFile(new Uint8Array(await file.arrayBuffer())) })
  }
  return (
    <>
      <DropZone
        className={styles['drop']}
        onDrop={({ items }) => {
          const dropped = items.find(isFile)
          if (dropped) void dropped.getFile().then(read)
          else void textOf(items).then((text) => text !== undefined && onFile({ name: '', text }))
        }}
      >
        <Text slot="label">Drop a .pub file here</Text>
        <FileTrigger onSelect={(files) => void read(files?.[0])}>
          <Button>Choose a file</Button>
        </FileTrigger>
      </DropZone>
      {problem !== undefined && (
        <p className={styles['problem']} role="alert">
          {problem}
        </p>
      )}
    </>
  )
}

const isFile = (item: DropItem): item is FileDropItem => item.kind === 'file'

async function textOf(items: readonly DropItem[]): Promise<string | undefined> {
  for (const item of items) if (item.kind === 'text' && item.types.has('text/plain')) return item.getText('text/plain')
  return undefined
}
