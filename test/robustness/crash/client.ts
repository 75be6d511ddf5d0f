import { connect, disconnect, pingreq, type Version } from "../../support/packets.ts";
import type { Packet, PacketOf } from "../../support/server-packets.ts";
import type { Trial } from "./trial.ts";
import { Wire } from "./wire.ts";

const NEVER = 0xffff_ffff;

export interface ClientOptions {
  readonly identifier: string;
  readonly version: 4 | 5;
  /** Default: as many as the broker wants to have under way. */
  readonly receiveMaximum?: number;
}

/** A client whose session is to outlive everything. It connects again as often as it is told to. */
export abstract class Client {
  readonly identifier: string;
  readonly version: Version;
  protected readonly trial: Trial;
  /** Counts from 1. */
  protected connection = 0;
  readonly #receiveMaximum: number | undefined;
  #wire: Wire | undefined;
  #isOnline = false;
  /** A CONNACK said that there is a session. */
  #hasSession = false;
  #hasReturned = false;
  #closed: Promise<void> = Promise.resolve();
  #pings = 0;

  constructor(trial: Trial, { identifier, version, receiveMaximum }: ClientOptions) {
    this.trial = trial;
    this.identifier = identifier;
    this.version = version;
    this.#receiveMaximum = receiveMaximum;
  }

  /** Whether the CONNACK is here. */
  get isOnline(): boolean {
    return this.#isOnline;
  }

  /** Whether a second CONNACK came. */
  get hasReturned(): boolean {
    return this.#hasReturned;
  }

  get isConnected(): boolean {
    return this.#wire !== undefined;
  }

  /** When the connection, if there was one, is closed. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  connect(port: number): void {
    this.connection++;
    this.#closed = new Promise((resolve) => {
      const wire: Wire = new Wire(port, this.version, {
        onOpen: () => wire.send(this.#connectPacket()),
        onPacket: (packet) => this.#take(packet),
        onMalformed: (error) => this.fault(String(error)),
        onClosed: () => {
          this.#onClosed(wire);
          resolve();
        },
      });
      this.#wire = wire;
    });
  }

  /** Goes offline, with a DISCONNECT or without. */
  leave(): void {
    const wire = this.#wire;
    this.#wire = undefined;
    this.#isOnline = false;
    if (this.trial.random.oneIn(2)) wire?.end(disconnect());
    else wire?.cut();
  }

  ping(): void {
    this.#pings++;
    this.send(pingreq());
  }

  get awaitsPingresp(): boolean {
    return this.#pings > 0;
  }

  protected send(bytes: Buffer): void {
    this.#wire?.send(bytes);
  }

  protected batch(work: () => void): void {
    this.#wire?.batch(work);
  }

  protected fault(text: string): void {
    this.trial.fault(`${this.identifier}: ${text}`);
  }

  /** The CONNACK came. */
  protected abstract resume(): void;
  protected abstract take(packet: Packet): void;

  #connectPacket(): Buffer {
    const { identifier: clientIdentifier, version } = this;
    const properties = {
      sessionExpiryInterval: NEVER,
      ...(this.#receiveMaximum !== undefined && { receiveMaximum: this.#receiveMaximum }),
    };
    return connect({ clientIdentifier, version, cleanStart: false, ...(version === 5 && { properties }) });
  }

  #take(packet: Packet): void {
    if (packet.type === "connack") this.#onConnack(packet);
    else if (packet.type === "pingresp") this.#pings--;
    else this.take(packet);
    this.trial.progress();
  }

  #onConnack({ reasonCode, sessionPresent }: PacketOf<"connack">): void {
    if (reasonCode !== 0) {
      this.fault(`CONNACK with reason code ${reasonCode}`);
      return;
    }
    if (this.#hasSession && !sessionPresent) this.fault("its session is lost: CONNACK with Session Present 0");
    this.#hasReturned = this.#hasSession;
    this.#hasSession = true;
    this.#isOnline = true;
    this.resume();
  }

  #onClosed(wire: Wire): void {
    if (this.#wire !== wire) return;
    this.#wire = undefined;
    this.#isOnline = false;
    this.#pings = 0;
    if (!this.trial.isBrokerGone) this.fault("the broker closed the connection");
    this.trial.progress();
  }
}
