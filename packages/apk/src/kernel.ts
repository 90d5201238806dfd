/**
 * Code for the processor, from `packages/apk/kernel`: the inner loops of the resolver's start. JavaScript would be interpreted there: a
 * program that runs once is over before its compiler has seen which of its code is hot.
 */

/** An instance: each has a memory of its own, which may move whenever it grows. */
export interface KernelMemory {
  readonly memory: { readonly buffer: ArrayBuffer };
}

/** A module of the kernel, compiled when it is first needed. `code` is in base64; `host` is what it asks of the engine. */
export function kernelModule(code: string): (host?: object) => KernelMemory {
  let compiled: object | undefined;
  return (host = {}) => {
    compiled ??= new WebAssembly.Module(Buffer.from(code, "base64"));
    return new WebAssembly.Instance(compiled, { host }).exports;
  };
}

/** What is used of it: the types of Node have no WebAssembly. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (code: object, imports: object) => { readonly exports: KernelMemory };
};
