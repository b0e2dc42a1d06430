/** Prints a line of progress or information for the user. */
export type Report = (line: string) => void
