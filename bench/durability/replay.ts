import { anonymousBytes, residentBytes } from "../load/proc-stats.ts";
import type { LoadScenario } from "../load/scenarios.ts";
import type { DurableBroker } from "./brokers.ts";
import { inDirectory, perform, type Stage, watching } from "./stage.ts";
import { type Column, megabytes, Table, whole } from "./table.ts";

const PUBLISHERS = 50;
const LOOK_MILLIS = 20;
const COUNTS = [10_000, 1_000_000];

function shape(subscribers: number): LoadScenario {
  const title = subscribers === 1 ? "1 session" : `${subscribers} sessions`;
  const clients = { publishers: PUBLISHERS, subscribers, paired: subscribers > 1 };
  const persistent = { until: "acknowledged", sessions: "offline" } as const;
  return { kind: "load", id: "replay", title, ...clients, qos: 1, underWay: 64, ...persistent, payloadBytes: 64 };
}

interface Row {
  readonly scenario: LoadScenario;
  readonly broker: DurableBroker;
  readonly messages: number;
  readonly queueSeconds: number;
  readonly startSeconds: number;
  readonly replaySeconds: number;
  readonly residentBefore: number;
  readonly residentPeak: number;
  readonly anonymousBefore: number;
  readonly anonymousPeak: number;
  readonly faults: readonly string[];
}

const COLUMNS: readonly Column<Row>[] = [
  { title: "to", width: 13, text: ({ scenario }) => scenario.title },
  { title: "broker", width: 10, text: ({ broker }) => broker.name },
  { title: "queued", width: 10, text: ({ messages }) => whole(messages) },
  { title: "queued/s", width: 10, text: ({ messages, queueSeconds }) => whole(messages / queueSeconds) },
  { title: "start s", width: 9, text: ({ startSeconds }) => startSeconds.toFixed(2) },
  { title: "replay s", width: 10, text: ({ replaySeconds }) => replaySeconds.toFixed(2) },
  { title: "replayed/s", width: 12, text: ({ messages, replaySeconds }) => whole(messages / replaySeconds) },
  { title: "RSS MB", width: 9, text: ({ residentBefore }) => megabytes(residentBefore) },
  { title: "peak", width: 9, text: ({ residentPeak }) => megabytes(residentPeak) },
  { title: "own MB", width: 9, text: ({ anonymousBefore }) => megabytes(anonymousBefore) },
  { title: "peak", width: 9, text: ({ anonymousPeak }) => megabytes(anonymousPeak) },
];

const LEGEND = `Messages of 64 bytes, QoS 1, queued while the subscribers are offline; the broker is stopped and started ("start": until it listens), then the
subscribers come back. "replay": from their CONNECT until they have the last message. RSS: before they come back, and its peak
until they have all; own: without the mapped file of the store, which the system can drop at any time.`;

async function measureOne(stage: Stage, broker: DurableBroker, scenario: LoadScenario, messages: number): Promise<Row> {
  return inDirectory(async (directory) => {
    const first = await broker.start(stage.processes, directory);
    const queued = await perform(stage, { task: "queue", port: first.port, scenario, messages }).finally(first.stop);
    const begun = performance.now();
    const { pid, port, stop } = await broker.start(stage.processes, directory);
    try {
      const startSeconds = (performance.now() - begun) / 1000;
      const residentBefore = residentBytes(pid);
      const anonymousBefore = anonymousBytes(pid);
      let residentPeak = residentBefore;
      let anonymousPeak = anonymousBefore;
      const look = () => {
        residentPeak = Math.max(residentPeak, residentBytes(pid));
        anonymousPeak = Math.max(anonymousPeak, anonymousBytes(pid));
      };
      const replay = perform(stage, { task: "replay", port, scenario, messages });
      const { seconds, faults } = await watching(LOOK_MILLIS, look, replay);
      const memory = { residentBefore, residentPeak, anonymousBefore, anonymousPeak };
      const times = { queueSeconds: queued.seconds, startSeconds, replaySeconds: seconds };
      return { scenario, broker, messages, ...times, ...memory, faults };
    } finally {
      await stop();
    }
  });
}

/** True: there were no faults. */
export async function runReplay(stage: Stage, brokers: readonly DurableBroker[]): Promise<boolean> {
  const table = new Table(COLUMNS);
  let isWell = true;
  stage.print(`${LEGEND}\n\n${table.head()}`);
  for (const scenario of [shape(1), shape(PUBLISHERS)]) {
    for (const messages of COUNTS) {
      for (const broker of brokers.filter(({ isPersistent }) => isPersistent)) {
        const row = await measureOne(stage, broker, scenario, messages);
        stage.print(table.row(row));
        if (row.faults.length > 0) stage.print(`  FAULT: ${row.faults.join(", ")}\n`);
        isWell &&= row.faults.length === 0;
      }
    }
  }
  return isWell;
}
