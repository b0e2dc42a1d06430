import type { Setting } from './setting'

const modules = import.meta.glob<{ readonly setting: Setting<never> }>('./*/setting.tsx', { eager: true })

/** Every setting that has a folder here, in the order of the page. */
export const allSettings: readonly Setting[] = Object.values(modules)
  .map(({ setting }) => setting as unknown as Setting)
  .toSorted((one, other) => one.order - other.order)
