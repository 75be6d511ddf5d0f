import { measure, timesOf } from "../load/run.ts";
import { SCENARIOS } from "../load/scenarios.ts";
import { BROKERS, type DurableBroker } from "./brokers.ts";
import { inDirectory, type Stage } from "./stage.ts";
import { type Column, median, Table, whole } from "./table.ts";

const ROUNDS = 7;
const COMPARED = ["off", "fsync"];

interface Rate {
  readonly perSecond: number;
  readonly perCpuSecond: number;
}

interface Row extends Rate {
  readonly round: string;
  readonly broker: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: "round", width: 10, text: ({ round }) => round },
  { title: "broker", width: 10, text: ({ broker }) => broker },
  { title: "msg/s", width: 12, text: ({ perSecond }) => whole(perSecond) },
  { title: "msg/CPU s", width: 12, text: ({ perCpuSecond }) => whole(perCpuSecond) },
];

const LEGEND = `50 pairs, QoS 0, 64 under way, clean sessions, with persistence and without; ${ROUNDS} rounds in turn.`;

function measureOne({ processes, seconds }: Stage, broker: DurableBroker): Promise<Rate> {
  return inDirectory(async (directory) => {
    const scenario = SCENARIOS.find(({ id }) => id === "pairs-qos0");
    if (scenario === undefined) throw new Error("the scenario is gone");
    const running = await broker.start(processes, directory);
    const { figures } = await measure(processes, running, scenario, timesOf(seconds)).finally(running.stop);
    const { perSecond = Number.NaN, perCpuSecond = Number.NaN } = figures;
    return { perSecond, perCpuSecond };
  });
}

function medianOf(rates: readonly Rate[]): Rate {
  return {
    perSecond: median(rates.map(({ perSecond }) => perSecond)),
    perCpuSecond: median(rates.map(({ perCpuSecond }) => perCpuSecond)),
  };
}

export async function runQos0(stage: Stage): Promise<boolean> {
  const table = new Table(COLUMNS);
  const rates = new Map<string, Rate[]>(COMPARED.map((name) => [name, []]));
  stage.print(`${LEGEND}\n\n${table.head()}`);
  for (let round = 1; round <= ROUNDS; round++) {
    for (const broker of BROKERS.filter(({ name }) => COMPARED.includes(name))) {
      const rate = await measureOne(stage, broker);
      rates.get(broker.name)?.push(rate);
      stage.print(table.row({ round: String(round), broker: broker.name, ...rate }));
    }
  }
  const [off, on] = COMPARED.map((name) => medianOf(rates.get(name) ?? []));
  if (off === undefined || on === undefined) return false;
  stage.print(table.row({ round: "median", broker: "off", ...off }));
  stage.print(table.row({ round: "median", broker: "fsync", ...on }));
  const change = (one: number, other: number) => `${((one / other - 1) * 100).toFixed(1)} %`;
  stage.print(
    `with persistence: msg/s ${change(on.perSecond, off.perSecond)}, msg/CPU s ${change(on.perCpuSecond, off.perCpuSecond)}\n`,
  );
  return true;
}
