/** The generator process: a job as JSON on stdin, the measurement as JSON on stdout. */
import { text } from "node:stream/consumers";
import type { Job } from "./job.ts";
import { runJob } from "./kinds/all.ts";

process.on("uncaughtException", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});

const job: Job = JSON.parse(await text(process.stdin));
process.stdout.write(`${JSON.stringify(await runJob(job))}\n`, () => process.exit(0));
