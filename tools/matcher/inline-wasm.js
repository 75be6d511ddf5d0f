// Writes dist/wasm/matcher.wasm.js (and its types): the bytes of matcher.wasm as base64, for src/matcher/module.ts.
import { readFileSync, writeFileSync } from "node:fs";

const folder = new URL("../../dist/wasm/", import.meta.url);
const base64 = readFileSync(new URL("matcher.wasm", folder)).toString("base64");
writeFileSync(new URL("matcher.wasm.js", folder), `export const MATCHER_WASM = "${base64}";\n`);
writeFileSync(new URL("matcher.wasm.d.ts", folder), "export declare const MATCHER_WASM: string;\n");
