import { basename } from "node:path";
import { findBrokers, kindsOf } from "../compare/brokers.ts";
import { compare } from "../compare/comparison.ts";
import { measureSteps } from "../compare/measure.ts";
import { hand, placeOf, refuse, runProgram } from "../compare/program.ts";
import { plan } from "../compare/rounds.ts";
import { PEER, partOf, settingOf } from "../compare/setting.ts";
import { cleanUpAtExit } from "../load/clean-up.ts";
import { choosePinning, Processes } from "../load/processes.ts";
import { isRunOn } from "./curves.ts";
import { parseOptions } from "./options.ts";
import { documents } from "./report.ts";

async function main(): Promise<number> {
  const { options, curves } = parseOptions(process.argv);
  if (process.platform !== "linux") return refuse("the figures come from /proc, which only Linux has");
  const pinning = choosePinning();
  const brokers = findBrokers(options.brokers, ".");
  const kinds = kindsOf(brokers);
  if (kinds.length === 0) return refuse(`not found on this machine: ${options.brokers.join(", ")}`);
  const processes = new Processes(pinning);
  cleanUpAtExit(processes);
  const scenarios = curves.flatMap(({ points }) => points.map(({ scenario }) => scenario));
  const steps = plan(options.rounds, scenarios, kinds).filter(({ kind, scenario }) => isRunOn(kind.name, scenario));
  const measured = await measureSteps(processes, steps, options.seconds);
  const results = compare(measured.rounds, PEER);
  const setting = { ...settingOf("bench:curves", options, brokers, pinning), ...partOf(measured) };
  const place = placeOf(options.out, measured);
  return hand(place, await documents(basename(place), setting, curves, results, measured.rounds), results, measured);
}

await runProgram(main);
