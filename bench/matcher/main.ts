import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { machineText } from "../load/report.ts";
import { filter, topics } from "../micro/support/workload.ts";
import { chart } from "./chart.ts";
import { CONTENDERS, type Matching } from "./contenders.ts";
import { type Figures, markdown, type Result, withTable } from "./figures.ts";
import { matchesPerSecond } from "./measure.ts";

const COMMAND = "npm run bench:matcher";
const SIZES = [10, 100, 1000, 10_000, 100_000, 1_000_000];
const TOPICS = 65_536;
const CHECKED_TOPICS = 32;
const WRONG_USAGE = 2;

const ROOT = new URL("../../../", import.meta.url);
const FIGURES = new URL("docs/figures/", ROOT);
const PAGE = new URL("docs/matcher.md", ROOT);

interface Options {
  readonly filters: readonly number[];
  readonly write: boolean;
}

function parseCount(text: string, before: readonly number[] = []): readonly number[] {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return [...before, count];
  throw new InvalidArgumentError("It has to be an integer above 0.");
}

function parseOptions(argv: readonly string[]): Options {
  const command = new Command(`${COMMAND} --`)
    .description(
      "How fast the packaged matcher finds the filters of a topic name, beside others, by number of filters.",
    )
    .option("--filters <number...>", `numbers of filters to measure with (default: ${SIZES.join(" ")})`, parseCount)
    .option("--write", "put the figures into docs/matcher.md and docs/figures/", false)
    .allowExcessArguments(false)
    .exitOverride();
  return { filters: SIZES, ...command.parse(argv).opts<Partial<Options> & Pick<Options, "write">>() };
}

function version(folder: string): string {
  const { version }: { version: string } = JSON.parse(readFileSync(new URL(`${folder}package.json`, ROOT), "utf8"));
  return version;
}

function versions(): Record<string, string> {
  const others = ["qlobber", "mqtt-pattern"].map((name) => [name, version(`node_modules/${name}/`)]);
  return { "Node.js": process.versions.node, ternmq: version(""), ...Object.fromEntries(others) };
}

function answer(matching: Matching, topic: string): string {
  return Array.from(matching.indexes(topic))
    .sort((a, b) => a - b)
    .join();
}

/** Measures all that bear so many filters; throws when they do not find the same. */
function measure(count: number): Result[] {
  const filters = Array.from({ length: count }, (_, i) => filter(i));
  const names = topics(TOPICS, count);
  const contenders = CONTENDERS.filter(({ maximumFilters }) => count <= maximumFilters);
  const matchings = contenders.map(({ build }) => build(filters));
  for (const topic of names.slice(0, CHECKED_TOPICS)) {
    const answers = new Set(matchings.map((matching) => answer(matching, topic)));
    if (answers.size > 1) throw new Error(`they do not find the same for ${topic}: ${[...answers].join(" and ")}`);
  }
  const rates = matchesPerSecond(matchings, names);
  return contenders.map(({ name }, k) => ({ contender: name, filters: count, perSecond: Math.round(rates[k] ?? 0) }));
}

async function write(figures: Figures): Promise<void> {
  mkdirSync(FIGURES, { recursive: true });
  writeFileSync(new URL("matcher.json", FIGURES), `${JSON.stringify(figures, undefined, 2)}\n`);
  writeFileSync(new URL("matcher.svg", FIGURES), await chart(figures.results));
  writeFileSync(PAGE, withTable(readFileSync(PAGE, "utf8"), markdown(figures)));
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv);
  const results: Result[] = [];
  for (const count of options.filters) {
    process.stderr.write(`${count} filters\n`);
    results.push(...measure(count));
  }
  const command = [COMMAND, ...(process.argv.length > 2 ? ["--", ...process.argv.slice(2)] : [])].join(" ");
  const figures = { command, machine: machineText(), versions: versions(), results };
  process.stdout.write(markdown(figures));
  if (options.write) await write(figures);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE;
}
