import { chmodSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { isMainThread } from "node:worker_threads";
import type { UnixListenerOptions } from "../config/listener-options.ts";
import { ListenError } from "./listen-error.ts";
import type { ListenerEnvironment, OpenListener } from "./listener.ts";
import { listenerName } from "./listener-name.ts";
import { DEFAULT_BACKLOG, listen } from "./net-listener.ts";
import { plainStream } from "./plain-stream.ts";
import { checkSocketFile, makeWay } from "./socket-file.ts";

const DEFAULT_MODE = 0o660;
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

/** @throws what Node.js says; EADDRINUSE where another program listens */
async function listenUnix(options: UnixListenerOptions, onSocket: (socket: Socket) => void): Promise<Server> {
  const { path, backlog = DEFAULT_BACKLOG, mode = DEFAULT_MODE } = options;
  await makeWay(path);
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, onSocket);
  await withMode(mode, () => listen(server, { path, backlog }));
  if (!isMainThread) chmodSync(path, mode);
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
