import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { resolve as resolvePath } from "node:path";
import { Worker } from "node:worker_threads";
import type { DeliveryRow, OwnerNumber } from "../rows.ts";
import type { Batch } from "./batch.ts";
import { DirectoryLock } from "./directory-lock.ts";
import type { Disk, DiskLevel, DiskOptions, RepairReport } from "./disk.ts";
import { DiskError } from "./disk-error.ts";
import { diskErrorOf, openFailureOf } from "./failure.ts";
import { Loader } from "./loader.ts";
import { decodeDeliveries } from "./pages.ts";
import type { Answer, Request, WorkerOptions } from "./protocol.ts";

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: DiskError): void;
}

/** Asks the thread that has the database. It is loaded from the built program: Node runs no worker from TypeScript. */
class StoreThread {
  readonly #worker: Worker;
  readonly #directory: string;
  /** In the order of the requests. */
  readonly #waiting: Waiting[] = [];
  readonly #ended: Promise<void>;
  #isEnding = false;
  #failure: DiskError | undefined;
  /** It has ended though nobody asked for that. */
  onDeath: ((error: DiskError) => void) | undefined;

  constructor(options: WorkerOptions) {
    this.#directory = options.directory;
    const path = createRequire(import.meta.url).resolve("#store-worker");
    this.#worker = new Worker(path, { workerData: options, execArgv: [], name: "ternmq store" });
    this.#worker.on("message", (answer: Answer) => this.#settle(answer));
    this.#worker.on("error", (error) => this.#fail(String(error)));
    this.#ended = new Promise((resolve) => {
      this.#worker.on("exit", () => {
        this.#onExit();
        resolve();
      });
    });
  }

  /** Why nothing can be asked for any more. */
  get failure(): DiskError | undefined {
    return this.#failure;
  }

  /** The first answer comes unasked. */
  opened(): Promise<Answer> {
    return this.#answer();
  }

  ask(request: Request, transfer: ArrayBuffer[] = []): Promise<Answer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#worker.postMessage(request, transfer);
    return this.#answer();
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#worker.terminate();
  }

  /** The last request; when the thread has ended. */
  async close(): Promise<void> {
    this.#isEnding = true;
    try {
      await this.ask({ type: "close" });
    } finally {
      await this.#ended;
    }
  }

  #answer(): Promise<Answer> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.shift();
    if (answer.type === "failed") waiting?.reject(diskErrorOf(answer.failure));
    else waiting?.resolve(answer);
  }

  #onExit(): void {
    this.#fail(this.#isEnding ? "the store is closed" : "the store's thread has ended");
    if (!this.#isEnding && this.#failure !== undefined) this.onDeath?.(this.#failure);
  }

  #fail(message: string): void {
    this.#failure ??= new DiskError("ERR_STORE_CLOSED", `${this.#directory}: ${message}`);
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}

/** The broker's end of the thread that has the database. */
export class WorkerDisk implements Disk {
  readonly repaired: RepairReport | undefined;
  readonly #thread: StoreThread;
  readonly #lock: DirectoryLock;
  #closed: Promise<void> | undefined;

  private constructor(thread: StoreThread, lock: DirectoryLock, repaired: RepairReport | undefined) {
    this.#thread = thread;
    this.#lock = lock;
    this.repaired = repaired;
  }

  static async open(directory: string, options: DiskOptions): Promise<WorkerDisk> {
    const path = resolvePath(directory);
    try {
      await mkdir(path, { recursive: true, mode: 0o700 });
      const lock = await DirectoryLock.take(path);
      try {
        return await WorkerDisk.#openLocked(path, options, lock);
      } catch (error) {
        await lock.release();
        throw error;
      }
    } catch (error) {
      throw error instanceof DiskError ? error : diskErrorOf(openFailureOf(error, path));
    }
  }

  static async #openLocked(
    directory: string,
    { repair, visitor, onDeath }: DiskOptions,
    lock: DirectoryLock,
  ): Promise<WorkerDisk> {
    const thread = new StoreThread({ directory, repair });
    try {
      const opened = await thread.opened();
      const loader = new Loader(directory, visitor);
      for (;;) {
        const answer = await thread.ask({ type: "next" });
        if (answer.type !== "page") break;
        loader.take(answer.page);
      }
      thread.onDeath = onDeath;
      return new WorkerDisk(thread, lock, opened.type === "opened" ? opened.repaired : undefined);
    } catch (error) {
      await thread.end();
      throw error;
    }
  }

  async write(batch: Batch, level: DiskLevel): Promise<void> {
    if (this.#thread.failure !== undefined) throw this.#thread.failure;
    const { operations } = batch;
    const bytes = batch.take();
    const answer = await this.#thread.ask({ type: "write", bytes, level }, [bytes.buffer]);
    if (answer.type !== "written") return;
    batch.restore(answer.bytes, answer.failure === undefined ? 0 : operations);
    if (answer.failure !== undefined) throw diskErrorOf(answer.failure);
  }

  async fetch(owner: OwnerNumber, after: number, limit: number): Promise<DeliveryRow[]> {
    const answer = await this.#thread.ask({ type: "fetch", owner, after, limit });
    return answer.type === "page" ? decodeDeliveries(answer.page) : [];
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    try {
      if (this.#thread.failure === undefined) await this.#thread.close();
    } finally {
      await this.#lock.release();
    }
  }
}
