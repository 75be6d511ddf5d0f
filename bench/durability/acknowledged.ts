import type { FigureName } from "../load/figures.ts";
import type { Measurement } from "../load/job.ts";
import { measure, timesOf } from "../load/run.ts";
import { type LoadScenario, type Qos, topicOf } from "../load/scenarios.ts";
import type { DurableBroker } from "./brokers.ts";
import { type DiskLatency, measureDisk } from "./disk-latency.ts";
import { inDirectory, type Stage, watching } from "./stage.ts";
import { type Column, median, millis, Table, whole } from "./table.ts";

const PUBLISHERS = 50;
const LOOK_MILLIS = 250;

function shape(id: string, title: string, qos: Qos, sessions: "persistent" | "offline"): LoadScenario {
  const pairs = { publishers: PUBLISHERS, subscribers: PUBLISHERS, paired: true };
  return { kind: "load", id, title, ...pairs, qos, underWay: 64, until: "acknowledged", sessions, payloadBytes: 64 };
}

/** 50 publishers with 64 unacknowledged messages each, to 50 persistent sessions. */
export const ONLINE: readonly LoadScenario[] = [
  shape("online-qos1", "online, QoS 1", 1, "persistent"),
  shape("online-qos2", "online, QoS 2", 2, "persistent"),
];
export const OFFLINE: readonly LoadScenario[] = [
  shape("offline-qos1", "offline, QoS 1", 1, "offline"),
  shape("offline-qos2", "offline, QoS 2", 2, "offline"),
];

interface Row {
  readonly scenario: LoadScenario;
  readonly broker: DurableBroker;
  readonly measured: Measurement;
  readonly disk: DiskLatency;
  /** A second; undefined where nobody counts them. */
  readonly transactions: number | undefined;
}

function figure({ measured }: Row, name: FigureName): number {
  return measured.figures[name] ?? Number.NaN;
}

function eachSecond(row: Row, name: FigureName): number {
  return figure(row, name) / figure(row, "seconds");
}

/** Bytes to disk for each byte of topic and payload. */
function amplification(row: Row): number {
  const bytes = figure(row, "acknowledged") * (topicOf(0).length + row.scenario.payloadBytes);
  return figure(row, "brokerWrittenBytes") / bytes;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: "scenario", width: 17, text: ({ scenario }) => scenario.title },
  { title: "broker", width: 10, text: ({ broker }) => broker.name },
  { title: "acked/s", width: 10, text: (row) => whole(eachSecond(row, "acknowledged")) },
  { title: "delivered/s", width: 12, text: (row) => whole(figure(row, "perSecond")) },
  { title: "p50 ms", width: 9, text: (row) => millis(figure(row, "p50Micros")) },
  { title: "p99 ms", width: 9, text: (row) => millis(figure(row, "p99Micros")) },
  { title: "p99.9 ms", width: 9, text: (row) => millis(figure(row, "p999Micros")) },
  { title: "CPU s/s", width: 9, text: (row) => eachSecond(row, "brokerCpuSeconds").toFixed(2) },
  {
    title: "load gen",
    width: 9,
    text: (row) => figure(row, "generatorCores").toFixed(2),
  },
  { title: "tx/s", width: 7, text: ({ transactions }) => (transactions === undefined ? "-" : whole(transactions)) },
  {
    title: "MB/s",
    width: 8,
    text: (row) => (eachSecond(row, "brokerWrittenBytes") / 1e6).toFixed(1),
  },
  { title: "written x", width: 10, text: (row) => amplification(row).toFixed(2) },
  {
    title: "disk p50/p99 ms",
    width: 17,
    text: ({ disk }) => `${millis(disk.p50Micros)}/${millis(disk.p99Micros)}`,
  },
];

const LEGEND = `${PUBLISHERS} publishers with 64 unacknowledged messages of 64 bytes each, to ${PUBLISHERS} persistent sessions (Clean Session 0), each from one publisher.
acked = PUBACKs, at QoS 2 PUBCOMPs, and the latency up to them; CPU s/s = of all threads of the broker; tx = transactions of the store (at commit
and memory a journal stands before them); written x = bytes to disk for each byte of topic and payload; disk = 4 KiB and fdatasync, just before.`;

async function measureOne({ processes, seconds }: Stage, broker: DurableBroker, scenario: LoadScenario): Promise<Row> {
  return inDirectory(async (directory) => {
    const disk = measureDisk(directory);
    const running = await broker.start(processes, directory);
    try {
      const counts: number[] = [];
      const look = () => counts.push(broker.transactions(directory) ?? Number.NaN);
      const measured = await watching(LOOK_MILLIS, look, measure(processes, running, scenario, timesOf(seconds)));
      const rates = counts.slice(1).map((count, index) => count - (counts[index] ?? Number.NaN));
      const transactions = (median(rates) * 1000) / LOOK_MILLIS;
      return { scenario, broker, measured, disk, transactions: Number.isNaN(transactions) ? undefined : transactions };
    } finally {
      await running.stop();
    }
  });
}

/** True: there were no faults. */
export async function runAcknowledged(
  stage: Stage,
  brokers: readonly DurableBroker[],
  scenarios: readonly LoadScenario[],
): Promise<boolean> {
  const table = new Table(COLUMNS);
  let isWell = true;
  stage.print(`${LEGEND}\n\n${table.head()}`);
  for (const scenario of scenarios) {
    for (const broker of brokers) {
      const row = await measureOne(stage, broker, scenario);
      const { faults } = row.measured;
      stage.print(table.row(row));
      if (faults.length > 0) stage.print(`  FAULT: ${faults.join(", ")}\n`);
      isWell &&= faults.length === 0;
    }
  }
  return isWell;
}
