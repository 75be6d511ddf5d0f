import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { SecureWebSocketListenerOptions, TlsListenerOptions } from "../config/listener-options.ts";
import type { Arrival } from "./arrival.ts";
import type { ListenerEnvironment, OpenListener } from "./listener.ts";
import { hostOf, listenerName } from "./listener-name.ts";
import { listenNet, negotiate, portOf } from "./net-listener.ts";
import type { Peer } from "./peer.ts";
import { SocketStream } from "./socket-stream.ts";
import { proxiesOf } from "./tcp-listener.ts";
import { loadTls, type TlsSetup } from "./tls/tls-setup.ts";
import { type SecurePeer, TlsStage } from "./tls/tls-stage.ts";
import { FramedStream } from "./websocket/framed-stream.ts";
import { forwardedAddress, rulesOf } from "./websocket/upgrade.ts";
import { createUpgradeStage } from "./websocket/upgrade-stage.ts";

/** MQTT over TLS. @throws {TernmqError} ERR_LISTEN, ERR_TLS, ERR_ARGUMENT */
export function openTls(
  options: TlsListenerOptions,
  environment: ListenerEnvironment,
): Promise<OpenListener<TlsListenerOptions>> {
  return openSecure(options, environment, "mqtt", (socket, arrival, secured, raw) => {
    environment.negotiations.end(raw);
    environment.accept(new SocketStream(socket, peerOf("tls", arrival, secured)));
  });
}

/** MQTT over WebSocket over TLS. @throws {TernmqError} ERR_LISTEN, ERR_TLS, ERR_ARGUMENT */
export async function openSecureWebSocket(
  options: SecureWebSocketListenerOptions,
  environment: ListenerEnvironment,
): Promise<OpenListener<SecureWebSocketListenerOptions>> {
  let rules = rulesOf(options);
  const pending = new WeakMap<Socket, Upgrading>();
  const upgrade = createUpgradeStage(
    () => rules,
    (socket, forwarded) => {
      const upgrading = pending.get(socket);
      if (upgrading === undefined) return;
      environment.negotiations.end(upgrading.raw);
      const { arrival, secured } = upgrading;
      const address = forwardedAddress(arrival.address, forwarded, rules.forwarders);
      const isForwarded = rules.forwarders.has(arrival.address);
      if (isForwarded && !(environment.admits(address) && environment.takesConnection(address))) {
        socket.destroy();
        return;
      }
      const from = address === arrival.address ? arrival : { ...arrival, address, port: 0 };
      const inner = new SocketStream(socket, peerOf("secure websocket", from, secured));
      environment.accept(new FramedStream(inner, environment.maximumFrameSize));
    },
  );
  const untilUpgrade: ListenerEnvironment = {
    ...environment,
    get connectTimeout() {
      return environment.connectTimeout;
    },
    originOf: (address) => (rules.forwarders.has(address) ? "" : environment.originOf(address)),
    // Whose connection it is that comes by a trusted proxy is known when that has told it.
    takesConnection: (address) => rules.forwarders.has(address) || environment.takesConnection(address),
  };
  const listener = await openSecure(options, untilUpgrade, "http/1.1", (socket, arrival, secured, raw) => {
    pending.set(socket, { arrival, secured, raw });
    upgrade(socket);
  });
  return {
    ...listener,
    prepare(changed) {
      const prepared = rulesOf(changed);
      const commit = listener.prepare(changed);
      return () => {
        rules = prepared;
        commit();
      };
    },
  };
}

interface Upgrading {
  readonly arrival: Arrival;
  readonly secured: SecurePeer;
  readonly raw: Socket;
}

/** @param raw the socket below TLS */
type OnSecured = (socket: TLSSocket, arrival: Arrival, secured: SecurePeer, raw: Socket) => void;

async function openSecure<Options extends TlsListenerOptions | SecureWebSocketListenerOptions>(
  options: Options,
  environment: ListenerEnvironment,
  alpn: string,
  onSecured: OnSecured,
): Promise<OpenListener<Options>> {
  const name = listenerName(options);
  const setup = loadTls(options.tls);
  warn(environment, name, setup);
  let proxies = proxiesOf(options);
  const stage = new TlsStage(setup, alpn, environment.log, onSecured);
  const server = await listenNet(
    options,
    environment,
    false,
    () => proxies,
    (socket, arrival, rest) => {
      negotiate(socket, arrival, environment, "a TLS handshake was not done in time", () => stage.forget(socket));
      if (rest.length > 0) socket.unshift(rest);
      stage.secure(socket, arrival);
    },
  );
  return {
    name,
    protocol: options.protocol,
    host: hostOf(options),
    port: portOf(server),
    path: undefined,
    close: () => void server.close(),
    prepare(changed) {
      const prepared = loadTls(changed.tls);
      const preparedProxies = proxiesOf(changed);
      return () => {
        warn(environment, name, prepared);
        stage.use(prepared);
        proxies = preparedProxies;
      };
    },
  };
}

function warn({ log }: ListenerEnvironment, listener: string, { warnings }: TlsSetup): void {
  for (const detail of warnings) log.warn({ listener, detail }, "a certificate is of no use");
}

function peerOf(transport: Peer["transport"], { address, port, openedAt }: Arrival, secured: SecurePeer): Peer {
  return { transport, remoteAddress: address, remotePort: port, openedAt, ...secured };
}
