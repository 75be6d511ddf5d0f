import { encodeAuth } from "../codec/auth.ts";
import { REASON } from "../codec/reason-codes.ts";
import { PacketError } from "../errors.ts";
import type { AuthenticationExchange, AuthenticationMethod, AuthenticationStep } from "../security/enhanced.ts";
import type { Client } from "./client.ts";

/** What the exchange with a client that authenticates by a method came to. */
export interface Authenticated {
  /** The last data, for the CONNACK or the AUTH that says success. */
  readonly data: Uint8Array | undefined;
}

/** Enhanced authentication of one client (MQTT 5.0 §4.12): at the CONNECT, and again whenever the client asks for it. */
export class Authentication {
  readonly #method: AuthenticationMethod;
  readonly #client: Client;
  #exchange: AuthenticationExchange | undefined;

  constructor(method: AuthenticationMethod, client: Client) {
    this.#method = method;
    this.#client = client;
  }

  get method(): string {
    return this.#method.name;
  }

  /** Whether the client has to send AUTH with reason code 0x18 next. */
  get isUnderWay(): boolean {
    return this.#exchange !== undefined;
  }

  begin(): void {
    if (this.#client.info === undefined) return;
    this.#exchange = this.#method.begin(this.#client.info);
  }

  /**
   * Gives the method the client's data. Undefined: it asked for more, by an AUTH. [MQTT-4.12.0-2]
   * @throws {PacketError} with the method's reason code when it says no [MQTT-4.12.0-4] [MQTT-4.12.1-2]
   */
  async step(data: Uint8Array | undefined): Promise<Authenticated | undefined> {
    if (this.#exchange === undefined) throw new PacketError(REASON.PROTOCOL_ERROR, "no authentication is under way");
    const step: AuthenticationStep = await this.#exchange.step(data);
    if (step.status === "continue") {
      this.send(REASON.CONTINUE_AUTHENTICATION, step.data);
      return undefined;
    }
    this.#exchange = undefined;
    if (step.status === "failure") throw new PacketError(step.reasonCode, step.reasonString ?? "authentication failed");
    return { data: step.data };
  }

  /** Sends an AUTH, which always names the method. [MQTT-4.12.0-5] */
  send(reasonCode: number, data: Uint8Array | undefined): void {
    const properties = { authenticationMethod: this.method, ...(data !== undefined && { authenticationData: data }) };
    const packet = encodeAuth(reasonCode, properties, this.#client.maximumPacketSize);
    if (packet !== undefined && this.#client.state !== "gone") this.#client.outbox.append(packet);
  }
}
