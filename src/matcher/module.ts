import { MATCHER_WASM } from "#wasm/matcher.wasm.js";

let compiled: WebAssembly.Module | undefined;

/** The inlined module, compiled once for all matchers. */
export function inlinedModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(inlinedBytes());
  return compiled;
}

/** The same without blocking: pages of some browsers refuse to compile or instantiate more than 4 KiB on their main thread. */
export async function inlinedModuleAsync(): Promise<WebAssembly.Module> {
  compiled ??= await WebAssembly.compile(inlinedBytes());
  return compiled;
}

function inlinedBytes(): Uint8Array {
  return Uint8Array.from(atob(MATCHER_WASM), (character) => character.charCodeAt(0));
}
