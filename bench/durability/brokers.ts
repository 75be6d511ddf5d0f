import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { DataFile } from "../../src/persistence/disk/data-file.ts";
import type { RunningBroker } from "../load/brokers/broker-kind.ts";
import { mosquitto, startMosquitto } from "../load/brokers/mosquitto.ts";
import { startTernmq, ternmq } from "../load/brokers/ternmq.ts";
import type { Processes } from "../load/processes.ts";

/** A broker, or a level of one, that keeps what it has in a directory. */
export interface DurableBroker {
  readonly name: string;
  /** What an acknowledgement of it means. */
  readonly promise: string;
  /** Whether anything is there after a restart. */
  readonly isPersistent: boolean;
  version(): string | undefined;
  start(processes: Processes, directory: string): Promise<RunningBroker>;
  /** Transactions of the store so far, where it counts them. */
  transactions(directory: string): number | undefined;
}

/** Nothing is to be dropped. */
const LIMITS = ["--max-queued", "100000000", "--max-retained", "100000000"];

function transactionsOf(directory: string): number | undefined {
  const path = join(directory, "data.mdb");
  if (!existsSync(path)) return undefined;
  const file = new DataFile(path);
  try {
    return Number(file.metas[0]?.transaction);
  } finally {
    file.close();
  }
}

function level(name: string, promise: string, isPersistent = true): DurableBroker {
  return {
    name,
    promise,
    isPersistent,
    version: ternmq.version,
    start(processes, directory) {
      const persistence = isPersistent ? ["--data-dir", directory, "--durability", name] : ["--no-persistence"];
      return startTernmq(processes, ["--no-ws", ...LIMITS, ...persistence]);
    },
    transactions: transactionsOf,
  };
}

export const BROKERS: readonly DurableBroker[] = [
  {
    name: "mosquitto",
    promise:
      "persistence true, autosave_interval 1800: a snapshot every half hour and at a stop in good order; a crash loses what came since",
    isPersistent: true,
    version: mosquitto.version,
    start(processes, directory) {
      // Started by root it would become another user, who cannot write there.
      const user = `user ${userInfo().username}`;
      return startMosquitto(processes, directory, [user, "persistence true", `persistence_location ${directory}/`]);
    },
    transactions: () => undefined,
  },
  level("off", "ternmq --no-persistence: a restart loses everything", false),
  level("memory", "ternmq --durability memory: a crash loses the last moments"),
  level("commit", "ternmq --durability commit: survives a crash of the broker"),
  level("fsync", "ternmq --durability fsync: survives a power cut"),
];
