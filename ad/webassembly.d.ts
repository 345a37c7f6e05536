/** The part of the WebAssembly interface that Node and browsers share and the kernels use: lib es2023 has none of it. */
declare namespace WebAssembly {
  type Exports = Record<string, unknown>

  class Memory {
    constructor(description: { initial: number; maximum?: number; shared?: boolean })
    readonly buffer: ArrayBuffer
    grow(pages: number): number
  }

  class Module {
    constructor(bytes: Uint8Array)
  }

  class Instance {
    constructor(module: Module, imports?: Record<string, Record<string, unknown>>)
    readonly exports: Exports
  }

  function validate(bytes: Uint8Array): boolean
}
