import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { makePart, type TimedJob } from "./make-part.ts";
import type { Part } from "./part.ts";

const THREAD = new URL("./thread.js", import.meta.url);

/** A part that a thread of its own makes. What goes wrong there ends the process. */
class ThreadPart implements Part {
  readonly #worker: Worker;

  constructor(job: TimedJob, index: number, of: number) {
    this.#worker = new Worker(THREAD, { workerData: { job, part: { index, of } } });
  }

  open = () => this.#call<"open">("open");
  start = () => this.#call<"start">("start");
  begin = () => this.#call<"begin">("begin");
  end = () => this.#call<"end">("end");

  async finish() {
    const faults = await this.#call<"finish">("finish");
    await this.#worker.terminate();
    return faults;
  }

  async #call<M extends keyof Part>(method: M): Promise<Awaited<ReturnType<Part[M]>>> {
    this.#worker.postMessage(method);
    const [value] = await once(this.#worker, "message");
    return value;
  }
}

/** The parts that a job is made in: this thread's, or each in a thread of its own. */
export function makeParts(job: TimedJob, threads: number): Part[] {
  if (threads === 1) return [makePart(job, { index: 0, of: 1 })];
  return Array.from({ length: threads }, (_, index) => new ThreadPart(job, index, threads));
}
