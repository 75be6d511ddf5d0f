/** A thread of the generator: makes its part of the load as it is told, method by method. */
import { parentPort, workerData } from "node:worker_threads";
import { makePart, type TimedJob } from "./make-part.ts";
import type { Part, Share } from "./part.ts";

const { job, part }: { job: TimedJob; part: Share } = workerData;
const made = makePart(job, part);

parentPort?.on("message", async (method: keyof Part) => parentPort?.postMessage(await made[method]()));
