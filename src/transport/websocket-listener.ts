import type { WebSocketListenerOptions } from "../config/listener-options.ts";
import { TernmqError } from "../errors.ts";
import { ListenError } from "./listen-error.ts";
import type { ListenerEnvironment, OpenListener } from "./listener.ts";
import { hostOf, listenerName } from "./listener-name.ts";
import { rulesOf } from "./websocket/upgrade.ts";
import { listenUws } from "./websocket/uws-listener.ts";

/** MQTT over WebSocket. @throws {TernmqError} ERR_LISTEN, ERR_ARGUMENT, ERR_WEBSOCKET_UNAVAILABLE */
export async function openWebSocket(
  options: WebSocketListenerOptions,
  environment: ListenerEnvironment,
): Promise<OpenListener<WebSocketListenerOptions>> {
  let rules = rulesOf(options);
  const { protocol, port } = options;
  const host = hostOf(options);
  const listener = await listenUws({ host, port }, environment, () => rules).catch((error: unknown) => {
    if (error instanceof TernmqError) throw error;
    throw new ListenError(protocol, `${host}:${port}`, error as NodeJS.ErrnoException);
  });
  return {
    name: listenerName(options),
    protocol,
    host,
    port: listener.port,
    path: undefined,
    close: () => listener.close(),
    prepare(changed) {
      const prepared = rulesOf(changed);
      return () => {
        rules = prepared;
      };
    },
  };
}
