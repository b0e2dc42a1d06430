import { isTool, type Tool } from './commands'

/** What the address of the page selects. Values that are not valid are left out. */
export interface SftpSearch {
  /** The program whose commands are shown. Without it, those of sftp. */
  readonly tool?: Tool
}

export function readSftpSearch({ tool }: Record<string, unknown>): SftpSearch {
  return isTool(tool) ? { tool } : {}
}
