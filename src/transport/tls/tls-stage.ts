import type { Socket } from "node:net";
import { createServer, type SecureContext, type Server, type TLSSocket } from "node:tls";
import type { Logger } from "pino";
import type { Arrival } from "../arrival.ts";
import { type PeerCertificate, toPeerCertificate } from "../peer-certificate.ts";
import { contextFor, type TlsSetup } from "./tls-setup.ts";

/** What TLS tells of a client. */
export interface SecurePeer {
  readonly certificate: PeerCertificate | undefined;
  readonly pskIdentity: string | undefined;
}

/** @param raw the socket below TLS */
export type OnSecure = (socket: TLSSocket, arrival: Arrival, peer: SecurePeer, raw: Socket) => void;

type SniAnswer = (error: Error | null, context?: SecureContext) => void;

interface Handshake {
  readonly arrival: Arrival;
  readonly raw: Socket;
}

/**
 * TLS on sockets that were accepted already, so that all of its setup can change while connections stay: those that come after `use` get the new
 * one.
 */
export class TlsStage {
  /** One protocol for ALPN: clients that offer others only are refused (RFC 7301), clients that offer none are let in. */
  readonly #alpn: string;
  readonly #onSecure: OnSecure;
  readonly #log: Logger;
  /** Those that are under way, by the ends of the connection: what Node.js hands back is another socket. */
  readonly #handshakes = new Map<string, Handshake>();
  #server: Server;

  constructor(setup: TlsSetup, alpn: string, log: Logger, onSecure: OnSecure) {
    this.#alpn = alpn;
    this.#log = log;
    this.#onSecure = onSecure;
    this.#server = this.#createServer(setup);
  }

  use(setup: TlsSetup): void {
    this.#server = this.#createServer(setup);
  }

  /** @param raw without allowHalfOpen */
  secure(raw: Socket, arrival: Arrival): void {
    const ends = endsOf(raw);
    this.#handshakes.set(ends, { arrival, raw });
    raw.once("close", () => this.#onGone(ends));
    this.#server.emit("connection", raw);
  }

  /** Says nothing more of a handshake that is given up. */
  forget(raw: Socket): void {
    this.#handshakes.delete(endsOf(raw));
  }

  /** This server never listens: it takes the sockets that it is given. */
  #createServer(setup: TlsSetup): Server {
    const identities = new WeakMap<TLSSocket, string>();
    const { hosts, preSharedKeys, pskHint, clientCertificate, context } = setup;
    const server = createServer({
      ...context,
      ALPNProtocols: [this.#alpn],
      requestCert: clientCertificate !== "none",
      // Looked at in #admit, which has the client's address for the log.
      rejectUnauthorized: false,
      ...(hosts.size > 0 && {
        SNICallback: (host: string, answer: SniAnswer) => answer(null, contextFor(setup, host)),
      }),
      ...(pskHint !== undefined && { pskIdentityHint: pskHint }),
      ...(preSharedKeys !== undefined && {
        pskCallback: (socket: TLSSocket, identity: string) => {
          identities.set(socket, identity);
          return preSharedKeys.get(identity) ?? null;
        },
      }),
    });
    server.on("secureConnection", (socket) => this.#admit(socket, setup, identities.get(socket)));
    server.on("tlsClientError", (error: NodeJS.ErrnoException, socket) => this.#onFailure(error, socket));
    return server;
  }

  #admit(socket: TLSSocket, { clientCertificate }: TlsSetup, identity: string | undefined): void {
    const handshake = this.#handshakes.get(endsOf(socket));
    // Closed by its deadline, or by the client, in the meantime.
    if (handshake === undefined) return;
    const { arrival, raw } = handshake;
    this.#handshakes.delete(endsOf(socket));
    const isByKey = identity !== undefined && isPreShared(socket);
    const certificate = isByKey ? undefined : socket.getPeerX509Certificate();
    if (certificate !== undefined && !socket.authorized) {
      this.#refuse(socket, arrival, `the client's certificate is refused: ${socket.authorizationError}`);
    } else if (certificate === undefined && clientCertificate === "required" && !isByKey) {
      this.#refuse(socket, arrival, "the client shows no certificate");
    } else {
      // Until here a client that had gone was to be noticed; now what waits for it can still be written when it has ended its side.
      socket.allowHalfOpen = true;
      const pskIdentity = isByKey ? identity : undefined;
      this.#onSecure(socket, arrival, { certificate: certificate && toPeerCertificate(certificate), pskIdentity }, raw);
    }
  }

  #refuse(socket: TLSSocket, { address }: Arrival, detail: string): void {
    this.#log.info({ address, detail }, "refused a TLS client");
    socket.destroy();
  }

  /** A socket that is closed already does not tell its ends: then #onGone is called. */
  #onFailure({ message, code }: NodeJS.ErrnoException, socket: TLSSocket): void {
    const ends = endsOf(socket);
    const handshake = this.#handshakes.get(ends);
    if (handshake !== undefined) {
      this.#handshakes.delete(ends);
      this.#logFailure(handshake, message, code);
    }
    socket.destroy();
  }

  #onGone(ends: string): void {
    const handshake = this.#handshakes.get(ends);
    if (handshake === undefined) return;
    this.#handshakes.delete(ends);
    this.#logFailure(handshake, "the client closed the connection");
  }

  #logFailure({ arrival }: Handshake, detail: string, code?: string): void {
    this.#log.info({ address: arrival.address, detail, code }, "a TLS handshake failed");
  }
}

/** The client has proved to know its key: that it named an identity alone means nothing. */
function isPreShared(socket: TLSSocket): boolean {
  return socket.getProtocol() === "TLSv1.2" && socket.getCipher().name.includes("PSK");
}

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress}|${remotePort}|${localAddress}|${localPort}`;
}
