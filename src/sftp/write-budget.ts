/** The most bytes under way for all files of a process together, unless there are so many files that their least is more. */
const processBytes = 40 * 1024 * 1024

/** What each file may have under way in any case. */
const leastBytes = 2 * 1024 * 1024

/** The part of one file in a {@link WriteBudget}. */
export interface WriteShare {
  /** The number of bytes that the file may have under way, at most `wanted`. It changes when other files begin or end. */
  most(wanted: number): number
  end(): void
}

/**
 * Limits the bytes that all files of a process have sent without an answer, which stay in memory. A file alone gets all that it
 * wants. Each file waits only for its own answers, so no file can block another.
 */
export class WriteBudget {
  readonly #files = new Set<WriteShare>()

  constructor(
    private readonly bytes = processBytes,
    private readonly least = leastBytes,
  ) {}

  begin(): WriteShare {
    const share: WriteShare = {
      most: (wanted) => Math.min(wanted, Math.max(this.least, this.bytes / this.#files.size)),
      end: () => void this.#files.delete(share),
    }
    this.#files.add(share)
    return share
  }
}

/** For all SFTP servers of this process, because they share its memory. */
export const writeBudget = new WriteBudget()
