import { share } from "../connection.ts";
import { IdleClient } from "../idle-client.ts";
import type { Job, Measurement } from "../job.ts";
import { pooled } from "../pooled.ts";
import { HAS_PROC, openFilesAllowed } from "../proc-stats.ts";
import type { ConnectionsScenario } from "../scenarios.ts";
import { type Kind, patienceSeconds } from "./kind.ts";
import { WEIGHT_COLUMNS, weigh } from "./weight.ts";

const AT_A_TIME = 64;
/** Of rest: runtimes that collect garbage do so some time after a rush, and what idle clients cost is what they cost then. */
const REST_SECONDS = 25;
const OUT_BYTES = 512;
/** Files that a process has open beside its connections. */
const OTHER_FILES = 64;
/** Linux has 28,232 ports for the connections of one address, unless told otherwise. */
const CONNECTIONS_OF_AN_ADDRESS = 20_000;
const LOOPBACK = "127.0.0.1";

/** @throws {Error} where a process may not have so many connections; on Linux, where that can be seen */
function checkOpenFiles(name: string, pid: number | undefined, count: number): void {
  if (!HAS_PROC || pid === undefined) return;
  const allowed = openFilesAllowed(pid);
  const needed = count + OTHER_FILES;
  if (allowed >= needed) return;
  throw new Error(
    `the ${name} may have ${allowed} open files, too few for ${count} connections: raise it (ulimit -n ${needed}) or give a smaller --scale`,
  );
}

/** The address that a connection comes from, where the ports of one are not enough; Linux has all that begin with 127. */
function localAddress(host: string, index: number, count: number): string | undefined {
  if (!HAS_PROC || host !== LOOPBACK || count <= CONNECTIONS_OF_AN_ADDRESS) return undefined;
  return `127.0.0.${2 + Math.floor(index / CONNECTIONS_OF_AN_ADDRESS)}`;
}

async function run({ scenario, target, brokerPid }: Job<ConnectionsScenario>): Promise<Measurement> {
  const { count } = scenario;
  checkOpenFiles("load generator", process.pid, count);
  checkOpenFiles("broker", brokerPid, count);
  const shared = share(target, 0, OUT_BYTES);
  const clients: IdleClient[] = [];
  const open = async (index: number) => {
    const client = new IdleClient(shared, localAddress(target.host, index, count));
    await client.open(`idle-${index}`);
    clients.push(client);
  };
  const figures = await weigh(brokerPid, count, REST_SECONDS, () => pooled(count, AT_A_TIME, open));
  for (const client of clients) client.reset();
  return { figures, faults: [] };
}

export const connections: Kind<"connections"> = {
  unit: "conn",
  columns: WEIGHT_COLUMNS,
  headline: "bytesEach",
  legend: `Clients that connect, ${AT_A_TIME} at a time, and stay, and ${REST_SECONDS} s of rest. bytes each = what resident memory has grown by, for each (the kernel's
socket buffers are not in it); idle MB = before.`,
  limitSeconds: ({ count }) => patienceSeconds(count) + REST_SECONDS,
  run,
};
