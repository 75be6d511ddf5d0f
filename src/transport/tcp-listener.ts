import type { TcpListenerOptions } from "../config/listener-options.ts";
import type { ListenerEnvironment, OpenListener } from "./listener.ts";
import { hostOf, listenerName } from "./listener-name.ts";
import { listenNet, portOf } from "./net-listener.ts";
import { plainStream } from "./plain-stream.ts";
import { AddressList } from "./proxy/address-list.ts";

/** MQTT over TCP. @throws {ListenError} */
export async function openTcp(
  options: TcpListenerOptions,
  environment: ListenerEnvironment,
): Promise<OpenListener<TcpListenerOptions>> {
  let proxies = proxiesOf(options);
  const server = await listenNet(
    options,
    environment,
    true,
    () => proxies,
    (socket, arrival, rest) => {
      environment.accept(plainStream(socket, "tcp", arrival, rest, environment.directIo));
    },
  );
  return {
    name: listenerName(options),
    protocol: options.protocol,
    host: hostOf(options),
    port: portOf(server),
    path: undefined,
    close: () => void server.close(),
    prepare(changed) {
      const prepared = proxiesOf(changed);
      return () => {
        proxies = prepared;
      };
    },
  };
}

/** @throws {TernmqError} ERR_ARGUMENT for what is neither an address nor a network */
export function proxiesOf({ proxyProtocolFrom }: { readonly proxyProtocolFrom?: readonly string[] }) {
  return proxyProtocolFrom === undefined ? undefined : new AddressList(proxyProtocolFrom);
}
