/** Takes one line for the person at the terminal: what is being done, or what they should know. */
export type Report = (line: string) => void
