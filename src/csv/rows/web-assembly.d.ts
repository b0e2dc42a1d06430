/** The part of WebAssembly that is used. Node has it, but only the types of a browser declare it. */
declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]: string
  }
  const Module: new (bytes: Uint8Array) => Module
  class Memory {
    constructor(size: { initial: number })
    /** A new buffer each time the memory has grown. */
    readonly buffer: ArrayBuffer
    /** Adds that many pages of 64 KiB. */
    grow(pages: number): number
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, Memory>>)
    readonly exports: Record<string, unknown>
  }
}
