import type { ListenerOptions } from "../config/listener-options.ts";
import type { Listener, ListenerEnvironment, OpenListener } from "./listener.ts";
import { openTcp } from "./tcp-listener.ts";
import { openUnix } from "./unix-listener.ts";
import { openWebSocket } from "./websocket-listener.ts";

/** A listener, and how to prepare a change of it; see OpenListener. */
export interface Opened {
  readonly listener: Listener;
  /** Undefined: options of another protocol, for which it cannot be changed. */
  prepare(options: ListenerOptions): (() => void) | undefined;
}

/** @throws {TernmqError} ERR_LISTEN, ERR_TLS, ERR_ARGUMENT, ERR_WEBSOCKET_UNAVAILABLE; nothing is open then */
export async function openListener(options: ListenerOptions, environment: ListenerEnvironment): Promise<Opened> {
  switch (options.protocol) {
    case "mqtt":
      return opened(options, await openTcp(options, environment));
    case "mqtts":
      return opened(options, await (await loadTls()).openTls(options, environment));
    case "ws":
      return opened(options, await openWebSocket(options, environment));
    case "wss":
      return opened(options, await (await loadTls()).openSecureWebSocket(options, environment));
    case "unix":
      return opened(options, await openUnix(options, environment));
  }
}

/** Only where it is needed: TLS and HTTP take some 2 MB. */
function loadTls(): Promise<typeof import("./tls-listener.ts")> {
  return import("./tls-listener.ts");
}

function opened<Options extends ListenerOptions>({ protocol }: Options, listener: OpenListener<Options>): Opened {
  const isAlike = (options: ListenerOptions): options is Options => options.protocol === protocol;
  return { listener, prepare: (options) => (isAlike(options) ? listener.prepare(options) : undefined) };
}
