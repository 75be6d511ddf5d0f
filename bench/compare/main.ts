import { basename } from "node:path";
import { cleanUpAtExit } from "../load/clean-up.ts";
import { choosePinning, Processes } from "../load/processes.ts";
import { SCENARIOS, type Scenario } from "../load/scenarios.ts";
import { findBrokers, kindsOf } from "./brokers.ts";
import { compare } from "./comparison.ts";
import { measureSteps } from "./measure.ts";
import { type Options, parseOptions } from "./options.ts";
import { hand, placeOf, refuse, runProgram } from "./program.ts";
import { documents } from "./report.ts";
import { plan } from "./rounds.ts";
import { PEER, partOf, settingOf } from "./setting.ts";

/** The scenarios that are run unless others are asked for. */
const USUAL: readonly string[] = [
  ...["pairs-qos0", "pairs-qos0-1k", "pairs-qos1", "pairs-qos2", "fan-in", "fan-out", "fan-out-qos1"],
  ...["pairs-1", "pairs-500-1", "one-pair", "ws-pairs-qos0", "subscriptions", "connections"],
];

function scenariosOf({ only, all }: Options): Scenario[] {
  const wanted = only ?? USUAL;
  return SCENARIOS.filter(({ id }) => all || wanted.includes(id));
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv);
  if (process.platform !== "linux") return refuse("the figures come from /proc, which only Linux has");
  const pinning = choosePinning();
  const brokers = findBrokers(options.brokers, options.modules);
  const setting = settingOf("bench:compare", options, brokers, pinning);
  if (options.brokers !== undefined && setting.missing.length > 0)
    return refuse(`not found on this machine: ${setting.missing.join(", ")}`);
  const processes = new Processes(pinning);
  cleanUpAtExit(processes);
  const steps = plan(options.rounds, scenariosOf(options), kindsOf(brokers));
  const measured = await measureSteps(processes, steps, options.seconds);
  const results = compare(measured.rounds, PEER);
  const place = placeOf(options.out, measured);
  const files = await documents(basename(place), { ...setting, ...partOf(measured) }, results, measured.rounds);
  return hand(place, files, results, measured);
}

await runProgram(main);
