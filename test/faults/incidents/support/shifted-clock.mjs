/** With `--import`, the clock of the process is CLOCK_AHEAD_SECONDS ahead. */
const aheadMs = Number(process.env['CLOCK_AHEAD_SECONDS']) * 1000
const CorrectDate = Date

globalThis.Date = class extends CorrectDate {
  constructor(...given) {
    if (given.length === 0) super(CorrectDate.now() + aheadMs)
    else super(...given)
  }

  static now() {
    return CorrectDate.now() + aheadMs
  }
}
