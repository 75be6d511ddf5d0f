import { reasonName } from "./codec/reason-codes.ts";

/** Base of every error that this package makes. `code` is stable; the message may change. */
export class TernmqError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/**
 * A packet from the network that the standard does not allow: the connection has to be closed. [MQTT-4.13.1-1]
 * `reasonCode` is what a CONNACK or DISCONNECT tells a 5.0 client; `code` is `ERR_` and the reason code's name.
 */
export class PacketError extends TernmqError {
  readonly reasonCode: number;

  constructor(reasonCode: number, message: string) {
    super(`ERR_${reasonName(reasonCode).toUpperCase().replaceAll(" ", "_")}`, message);
    this.reasonCode = reasonCode;
  }
}
