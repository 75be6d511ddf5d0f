import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { anonymousBytes, residentBytes } from "../load/proc-stats.ts";
import type { DurableBroker } from "./brokers.ts";
import type { Job } from "./jobs.ts";
import { inDirectory, perform, type Stage } from "./stage.ts";
import { type Column, megabytes, Table, whole } from "./table.ts";

interface Content {
  readonly what: string;
  readonly count: number;
  readonly job: (port: number) => Job;
}

function sessions(count: number): Content {
  return { what: "sessions", count, job: (port) => ({ task: "sessions", port, count }) };
}

function retained(count: number): Content {
  return { what: "retained topics", count, job: (port) => ({ task: "retain", port, count }) };
}

const CONTENTS = [sessions(0), sessions(10_000), sessions(100_000), retained(1_000_000)];

/** The level makes no difference to the start. */
const LEVELS = ["mosquitto", "fsync"];

interface Row {
  readonly content: Content;
  readonly broker: DurableBroker;
  readonly fillSeconds: number;
  readonly storeBytes: number;
  readonly startSeconds: number;
  readonly resident: number;
  readonly anonymous: number;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: "what", width: 17, text: ({ content }) => content.what },
  { title: "broker", width: 10, text: ({ broker }) => broker.name },
  { title: "number", width: 10, text: ({ content }) => whole(content.count) },
  { title: "made in s", width: 11, text: ({ fillSeconds }) => fillSeconds.toFixed(1) },
  { title: "store MB", width: 10, text: ({ storeBytes }) => megabytes(storeBytes) },
  { title: "start s", width: 9, text: ({ startSeconds }) => startSeconds.toFixed(2) },
  { title: "RSS MB", width: 9, text: ({ resident }) => megabytes(resident) },
  { title: "own MB", width: 9, text: ({ anonymous }) => megabytes(anonymous) },
];

const LEGEND = `Until the broker listens, with what an earlier life of it left: persistent sessions with one subscription each, or retained messages of 64 bytes.
For queued messages see "replay". RSS: of the broker then; own: without the mapped file of the store.`;

function bytesIn(directory: string): number {
  return readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
}

async function measureOne(stage: Stage, broker: DurableBroker, content: Content): Promise<Row> {
  return inDirectory(async (directory) => {
    const first = await broker.start(stage.processes, directory);
    const filled = await perform(stage, content.job(first.port)).finally(first.stop);
    const storeBytes = bytesIn(directory);
    const begun = performance.now();
    const { pid, stop } = await broker.start(stage.processes, directory);
    const startSeconds = (performance.now() - begun) / 1000;
    const memory = { resident: residentBytes(pid), anonymous: anonymousBytes(pid) };
    await stop();
    return { content, broker, fillSeconds: filled.seconds, storeBytes, startSeconds, ...memory };
  });
}

export async function runStartUp(stage: Stage, brokers: readonly DurableBroker[]): Promise<boolean> {
  const table = new Table(COLUMNS);
  stage.print(`${LEGEND}\n\n${table.head()}`);
  for (const content of CONTENTS) {
    for (const broker of brokers.filter(({ name }) => LEVELS.includes(name))) {
      stage.print(table.row(await measureOne(stage, broker, content)));
    }
  }
  return true;
}
