import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";

const MODULE = readFileSync(new URL("../../dist/matcher/index.js", import.meta.url), "utf8");
const WASM = readFileSync(new URL("../../dist/wasm/matcher.wasm", import.meta.url));

/** All that the module may find in its world beside the language itself. */
const WEB = { TextEncoder, TextDecoder, atob, crypto };

/** Runs code behind the module in a world of its own, where strings cannot be code. */
function runAlone(code: string, globals: Record<string, unknown>, compilesBytes: boolean): unknown {
  const context = createContext({ ...globals }, { codeGeneration: { strings: false, wasm: compilesBytes } });
  const script = MODULE.replace(/^export \{[^}]*\};?$/m, "");
  expect(script).not.toMatch(/^(import|export)\b/m);
  return runInContext(`(() => { ${script}\n${code} })()`, context);
}

const USE = `
  const matcher = new TopicMatcher(typeof options === "undefined" ? {} : options);
  matcher.add("a/+", 7);
  return Array.from(matcher.match("a/b")).join();
`;

describe("the module that is published", () => {
  test("stays within what is promised: 8 kB of WebAssembly, 16 kB in all when compressed", () => {
    expect(WASM.length).toBeLessThanOrEqual(8000);
    expect(gzipSync(MODULE, { level: 9 }).length).toBeLessThanOrEqual(16_000);
  });

  test("holds the same WebAssembly as matcher.wasm", () => {
    expect(MODULE).toContain(WASM.toString("base64"));
  });

  test("needs nothing but what every browser and worker has, and no eval", () => {
    expect(runAlone(USE, WEB, true)).toBe("7");
  });

  test("runs where no bytes are compiled, when a WebAssembly.Module is passed in", () => {
    expect(() => runAlone(USE, WEB, false)).toThrow(/disallowed/);
    const options = { module: new WebAssembly.Module(WASM) };
    expect(runAlone(USE, { ...WEB, options }, false)).toBe("7");
  });

  test("takes arrays of another realm", () => {
    const foreign = { bytes: new TextEncoder().encode("a/b"), out: new Uint32Array(1) };
    const code = `${USE.replace(/return .*/, "")} return matcher.matchBytes(bytes, 0, 3, out) + matcher.match("a/b", out);`;
    expect(runAlone(code, { ...WEB, ...foreign }, true)).toBe(2);
    expect(foreign.out[0]).toBe(7);
  });

  test("needs no random numbers when it has a seed", () => {
    const { crypto: _, ...rest } = WEB;
    expect(runAlone(USE, { ...rest, options: { seed: [1, 2] } }, true)).toBe("7");
  });

  test("tells by its own error that there is no room for another memory", () => {
    const full = "WebAssembly.Memory = class { constructor() { throw new RangeError('could not allocate memory'); } };";
    const code = `${full} try { new TopicMatcher() } catch (error) { return error.code + error.message }`;
    expect(runAlone(code, WEB, true)).toMatch(/^ERR_MATCHER_MEMORY.*could not allocate memory/);
  });

  test("does nothing when it is loaded: no WebAssembly is compiled, no random number drawn", () => {
    expect(runAlone("return typeof TopicMatcher", { TextEncoder, TextDecoder }, false)).toBe("function");
  });
});
