// Makes dist/matcher/: index.js, all of src/matcher with the inlined WebAssembly in one module, and the types of what it exports.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const dist = new URL("../../dist/", import.meta.url);
const target = new URL("matcher/", dist);
const source = new URL("src/matcher/", dist);

rmSync(target, { recursive: true, force: true });
mkdirSync(target);
await build({
  input: fileURLToPath(new URL("index.js", source)),
  platform: "neutral",
  logLevel: "warn",
  output: { file: fileURLToPath(new URL("index.js", target)), format: "esm", comments: false },
});

const WASM_TYPES = `/** A WebAssembly.Module, where the runtime or the bundler imports WebAssembly as one. */
declare const module: object;
export default module;
`;
writeFileSync(new URL("matcher-wasm.d.ts", target), WASM_TYPES);
copyTypes("index");

/** Copies the types of a module and of those that they refer to, whose names TypeScript leaves as they are in the source. */
function copyTypes(name) {
  const types = readFileSync(new URL(`${name}.d.ts`, source), "utf8");
  writeFileSync(new URL(`${name}.d.ts`, target), types.replace(/(from "\.\/[^"]*)\.ts"/g, '$1.js"'));
  for (const [, next] of types.matchAll(/from "\.\/([^"]*)\.ts"/g)) copyTypes(next);
}
