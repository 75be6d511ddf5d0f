import type { Socket } from "node:net";
import type { Stranger, Strangers } from "./strangers.ts";

/** A connection that is no stream yet. */
interface Negotiation {
  readonly deadline: NodeJS.Timeout;
  readonly stranger: Stranger;
}

/**
 * Connections that are no streams yet: a PROXY header, or the handshake of TLS or WebSocket, is awaited. Each has a deadline, and all are gone
 * when the broker closes its doors.
 */
export class Negotiations {
  readonly #strangers: Strangers;
  readonly #underWay = new Map<Socket, Negotiation>();

  constructor(strangers: Strangers) {
    this.#strangers = strangers;
  }

  get size(): number {
    return this.#underWay.size;
  }

  /**
   * @param from whose it is, and since when
   * @param milliseconds from now until `onLate` is called and the socket destroyed, unless `end` is called or the socket closed before
   */
  begin(socket: Socket, from: Omit<Stranger, "dismiss">, milliseconds: number, onLate: () => void): void {
    const deadline = setTimeout(() => {
      onLate();
      socket.destroy();
    }, milliseconds);
    const stranger = { ...from, dismiss: () => void socket.destroy() };
    this.#underWay.set(socket, { deadline, stranger });
    this.#strangers.add(stranger);
    socket.once("close", () => this.end(socket));
    // A socket without this listener would take the program down when its peer resets the connection; "close" follows.
    socket.on("error", ignore);
  }

  /** The socket has become a stream, or is gone. */
  end(socket: Socket): void {
    const negotiation = this.#underWay.get(socket);
    if (negotiation === undefined) return;
    clearTimeout(negotiation.deadline);
    this.#underWay.delete(socket);
    this.#strangers.remove(negotiation.stranger);
  }

  destroy(): void {
    for (const socket of this.#underWay.keys()) socket.destroy();
  }
}

function ignore(): void {}
