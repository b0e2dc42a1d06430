export { isLoopback, loopbackOrigin } from '../http/addresses.js'
