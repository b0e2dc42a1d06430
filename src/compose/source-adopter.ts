export type { Adopter, AdoptionPlan, AdoptionRequest, ApplyOptions } from '../source/adopt/adopter.js'
export { openAdopter, printAdoption } from '../source/adopt/adopter.js'
