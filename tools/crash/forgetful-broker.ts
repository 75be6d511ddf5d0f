import { parseArgs } from "node:util";
import { createLog } from "../../src/observability/log.ts";
import { TernmqBroker } from "../../src/ternmq-broker.ts";
import { ForgetfulDisk } from "./forgetful-disk.ts";

/** `ternmq start` on a ForgetfulDisk, for the crash test: with as many of its options as that gives. */

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: "string", default: "0" },
    "ws-port": { type: "string" },
    "no-ws": { type: "boolean" },
    "max-queued": { type: "string", default: "10000" },
    "data-dir": { type: "string", default: "" },
    durability: { type: "string", default: "fsync" },
  },
});
const { durability } = values;
if (durability !== "commit" && durability !== "fsync")
  throw new Error(`--durability: commit or fsync, not ${durability}`);
const { log } = await createLog("info");
const options = {
  listeners: [{ protocol: "mqtt", port: Number(values.port) }],
  limits: { maximumQueuedMessages: Number(values["max-queued"]) },
  persistence: { directory: values["data-dir"], durability },
  log,
} as const;
await new TernmqBroker(options, { openDisk: (directory, given) => ForgetfulDisk.open(directory, given) }).start();
