// Starts one of the robustness tests at another size than the suite's:
//   npm run test:fuzz -- --inputs 5000000 --seed 7 [--from 0]
//   npm run test:churn -- --rounds 50
//   npm run test:crash -- --rounds 200 [--seed 7]
//   npm run test:matcher -- --operations 50000000 [--seed 7]
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";

const OPTIONS = {
  fuzz: ["inputs", "seed", "from"],
  churn: ["rounds"],
  crash: ["rounds", "seed"],
  matcher: ["operations", "seed"],
};

const [what = "", ...args] = process.argv.slice(2);
const names = OPTIONS[what] ?? [];
const { values } = parseArgs({ args, options: Object.fromEntries(names.map((name) => [name, { type: "string" }])) });
const env = { ...process.env };
if (what === "crash" || what === "matcher") values.seed ??= String(randomInt(1_000_000));
if (values.seed !== undefined) console.log(`seed ${values.seed}`);
for (const [name, value] of Object.entries(values)) {
  if (!Number.isInteger(Number(value))) throw new Error(`--${name}: give a whole number, not ${value}`);
  env[`TERNMQ_${what.toUpperCase()}_${name.toUpperCase()}`] = value;
}
const tests = what === "matcher" ? "test/matcher/model" : `test/robustness/${what}`;
const { status } = spawnSync("npx", ["vitest", "run", tests], { env, stdio: "inherit" });
process.exitCode = status ?? 1;
