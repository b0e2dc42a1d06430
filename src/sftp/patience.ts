import type { AskOptions } from './connection.js'

/** A server may take many times the usual time to sync: minutes for a large file on a slow disk. */
export const syncPatience: AskOptions = { patience: 10 }
