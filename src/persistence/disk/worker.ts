import { parentPort, workerData } from "node:worker_threads";
import { failureOf, openFailureOf } from "./failure.ts";
import { fetchDeliveries, load } from "./load.ts";
import { openStore } from "./open-store.ts";
import type { Answer, Page, Request, WorkerOptions } from "./protocol.ts";
import type { Writer } from "./writer.ts";

/** The store's thread: the only one that has the database. */

function post(answer: Answer, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(answer, transfer);
}

function postPage(page: Page): void {
  post({ type: "page", page }, [page.bytes.buffer]);
}

async function write(writer: Writer, directory: string, request: Request & { type: "write" }): Promise<void> {
  let { bytes } = request;
  try {
    bytes = await writer.write(bytes, request.level);
    post({ type: "written", bytes, failure: undefined }, [bytes.buffer]);
  } catch (error) {
    post({ type: "written", bytes, failure: failureOf(error, directory) }, [bytes.buffer]);
  }
}

function next(pages: Iterator<Page>): void {
  const { done, value } = pages.next();
  if (done === true) post({ type: "loaded" });
  else postPage(value);
}

async function serve(writer: Writer, pages: Iterator<Page>, directory: string, request: Request): Promise<void> {
  switch (request.type) {
    case "next":
      return next(pages);
    case "write":
      return write(writer, directory, request);
    case "fetch":
      return postPage(
        await writer.read((tables) => fetchDeliveries(tables, request.owner, request.after, request.limit)),
      );
    case "close":
      return close(writer, directory);
  }
}

/** Ends the thread, whether or not all could be written. */
async function close(writer: Writer, directory: string): Promise<void> {
  try {
    await writer.close();
    post({ type: "closed" });
  } catch (error) {
    post({ type: "failed", failure: failureOf(error, directory) });
  } finally {
    parentPort?.close();
  }
}

async function start({ directory, repair }: WorkerOptions): Promise<void> {
  const { writer, repaired } = await openStore(directory, repair);
  const pages = await writer.read(load);
  let queue = Promise.resolve();
  parentPort?.on("message", (request: Request) => {
    queue = queue
      .then(() => serve(writer, pages, directory, request))
      .catch((error: unknown) => post({ type: "failed", failure: failureOf(error, directory) }));
  });
  post({ type: "opened", repaired });
}

const options: WorkerOptions = workerData;
start(options).catch((error: unknown) => post({ type: "failed", failure: openFailureOf(error, options.directory) }));
