import type { AskOptions } from './connection.js'

/** The timeout of a sync: ten times the usual one, because a large file on a slow disk takes minutes. */
export const syncTimeout: AskOptions = { timeoutFactor: 10 }
