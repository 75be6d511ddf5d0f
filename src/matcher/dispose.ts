/// <reference lib="esnext.disposable" preserve="true" />

/** `Symbol.dispose`, or what compilers make `using` look for where the runtime has none. */
export const DISPOSE: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");
