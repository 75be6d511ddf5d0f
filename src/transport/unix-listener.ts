import { accessSync, chmodSync, constants, lstatSync, statSync, unlinkSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { isMainThread } from "node:worker_threads";
import type { UnixListenerOptions } from "../config/listener-options.ts";
import { ListenError } from "./listen-error.ts";
import type { ListenerEnvironment, OpenListener } from "./listener.ts";
import { listenerName } from "./listener-name.ts";
import { DEFAULT_BACKLOG, listen } from "./net-listener.ts";
import { plainStream } from "./plain-stream.ts";

const DEFAULT_MODE = 0o660;
/** Bytes of the longest path that the system takes; Node.js would cut a longer one. */
const LONGEST_PATH = 107;
const NOTHING = Buffer.alloc(0);

/** MQTT over a Unix socket; the file is gone when the listener is closed. @throws {ListenError} */
export async function openUnix(
  options: UnixListenerOptions,
  environment: ListenerEnvironment,
): Promise<OpenListener<UnixListenerOptions>> {
  const { protocol, path } = options;
  checkSocketFile(path);
  const server = await listenUnix(options, (socket) => {
    const arrival = { address: "", port: 0, openedAt: performance.now() };
    if (environment.admits("") && environment.takesConnection("")) {
      environment.accept(plainStream(socket, "unix", arrival, NOTHING, environment.directIo));
    } else socket.destroy();
  }).catch((error: unknown) => {
    throw new ListenError(protocol, path, error as NodeJS.ErrnoException);
  });
  return {
    name: listenerName(options),
    protocol,
    host: "",
    port: 0,
    path,
    close: () => void server.close(),
    prepare: () => () => {},
  };
}

/** That the path can be that of a socket file, whether or not somebody listens there. @throws {ListenError} */
export function checkSocketFile(path: string): void {
  try {
    if (Buffer.byteLength(path) > LONGEST_PATH) throw new Error(`choose a path of no more than ${LONGEST_PATH} bytes`);
    // Node.js would call a directory that is not there one that may not be written to.
    statSync(dirname(path));
    accessSync(dirname(path), constants.W_OK);
    if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === false)
      throw new Error("the file is no socket: choose another path");
  } catch (error) {
    throw new ListenError("unix", path, error as NodeJS.ErrnoException);
  }
}

/** @throws what Node.js says; EADDRINUSE where another program listens */
async function listenUnix(options: UnixListenerOptions, onSocket: (socket: Socket) => void): Promise<Server> {
  const { path, backlog = DEFAULT_BACKLOG, mode = DEFAULT_MODE } = options;
  if (await isStale(path)) unlinkSync(path);
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, onSocket);
  await withMode(mode, () => listen(server, { path, backlog }));
  chmodSync(path, mode);
  return server;
}

/** The file has no more permissions than these from the first moment on, except where the broker is in a thread, which cannot say so. */
function withMode<T>(mode: number, make: () => T): T {
  if (!isMainThread) return make();
  const before = process.umask(0o777 & ~mode);
  try {
    return make();
  } finally {
    process.umask(before);
  }
}

/** Whether the file is a socket that nobody listens at. */
async function isStale(path: string): Promise<boolean> {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return false;
  return new Promise((resolve) => {
    const probe = connect(path, () => {
      probe.destroy();
      resolve(false);
    });
    probe.on("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  });
}
