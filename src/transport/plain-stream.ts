import type { Socket } from "node:net";
import type { Arrival } from "./arrival.ts";
import { directTcpStream } from "./direct-tcp-stream.ts";
import type { Peer, Transport } from "./peer.ts";
import { SocketStream } from "./socket-stream.ts";
import type { ByteStream } from "./stream.ts";

/**
 * The stream of a socket without TLS.
 * @param socket not reading yet, with allowHalfOpen
 * @param rest what came in already
 * @param directIo whether to go past Node's streams where this Node.js allows that
 */
export function plainStream(
  socket: Socket,
  transport: Transport,
  { address, port, openedAt }: Arrival,
  rest: Buffer,
  directIo: boolean,
): ByteStream {
  const peer: Peer = {
    transport,
    remoteAddress: address,
    remotePort: port,
    certificate: undefined,
    pskIdentity: undefined,
    openedAt,
  };
  const direct = directIo ? directTcpStream(socket, peer, rest) : undefined;
  if (direct !== undefined) return direct;
  if (rest.length > 0) socket.unshift(rest);
  return new SocketStream(socket, peer);
}
