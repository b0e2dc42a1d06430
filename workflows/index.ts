export { exportRun } from './export-run.js'
export { removeOldFiles } from './remove-old-files.js'
