/** The tenant of the home page, the demo and the examples. */
export const exampleTenant = 'acme'
