import { cancellationSuite } from './suite-cancellation.js'
import { connectionsSuite } from './suite-connections.js'
import { failingLineSuite } from './suite-failing-line.js'
import { filesSuite } from './suite-files.js'
import { symbolicLinksSuite } from './suite-symbolic-links.js'
import { type SuiteServer, useTarget } from './suite-target.js'

/** What our client must do with every server. Call it once in a test file. */
export function sftpTargetSuite(begin: () => Promise<SuiteServer>): void {
  useTarget(begin)
  filesSuite()
  connectionsSuite()
  failingLineSuite()
  cancellationSuite()
  symbolicLinksSuite()
}
