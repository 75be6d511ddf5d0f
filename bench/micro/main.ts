import { encode } from "./encode.ts";
import { framing } from "./framing.ts";
import { match } from "./match.ts";
import { retainedWalk } from "./retained-walk.ts";
import { routeCache } from "./route-cache.ts";
import { printStalls } from "./stalls.ts";
import { type Options, readOptions } from "./support/options.ts";
import { printBenchmark, printHead } from "./support/suite.ts";
import { update } from "./update.ts";
import { validation } from "./validation.ts";

const BENCHMARKS = [framing, validation, match, update, routeCache, retainedWalk, encode];
const STALLS = "stalls";
const IDS = [...BENCHMARKS.map(({ id }) => id), STALLS];

const USAGE = `Usage: npm run bench:micro -- [options]

Measures the parts of the hot path, each beside the same in plain JavaScript. ratio: how many times as fast ours is.

  --only <ids>      of ${IDS.join(", ")}; several with commas
  --sizes <numbers> of filters or topic names (default: 1000,100000,1000000)
  --seconds <s>     for each line of the table (default: 1)
  --rounds <n>      in which the lines of a comparison take turns; the best sample counts (default: 5)
  --help`;

function options(): Options {
  try {
    return readOptions(process.argv.slice(2), IDS);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exit(2);
  }
}

const { help, only, sizes, ...effort } = options();
if (help) {
  console.log(USAGE);
} else {
  printHead();
  for (const benchmark of BENCHMARKS) {
    if (only === undefined || only.includes(benchmark.id)) printBenchmark(benchmark, sizes, effort);
  }
  if (only === undefined || only.includes(STALLS)) printStalls(sizes, effort.rounds);
}
