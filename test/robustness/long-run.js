// Starts one of the robustness tests at another size than the suite's:
//   npm run test:fuzz -- --inputs 5000000 --seed 7 [--from 0]
//   npm run test:churn -- --rounds 50
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

const OPTIONS = { fuzz: ["inputs", "seed", "from"], churn: ["rounds"] };

const [what = "", ...args] = process.argv.slice(2);
const names = OPTIONS[what] ?? [];
const { values } = parseArgs({ args, options: Object.fromEntries(names.map((name) => [name, { type: "string" }])) });
const env = { ...process.env };
for (const [name, value] of Object.entries(values)) {
  if (!Number.isInteger(Number(value))) throw new Error(`--${name}: give a whole number, not ${value}`);
  env[`TERNMQ_${what.toUpperCase()}_${name.toUpperCase()}`] = value;
}
const { status } = spawnSync("npx", ["vitest", "run", `test/robustness/${what}`], { env, stdio: "inherit" });
process.exitCode = status ?? 1;
