import type { TernmqError } from "../errors.ts";
import type { ClientInfo } from "../security/access.ts";

/** What a broker tells the program that holds it, in a later turn of the event loop, in order. */
export interface BrokerEvents {
  connect: [client: ClientInfo, sessionPresent: boolean];
  /** The client's connection is gone, in whichever way. */
  disconnect: [client: ClientInfo];
  subscribe: [clientIdentifier: string, filter: string, qos: number];
  unsubscribe: [clientIdentifier: string, filter: string];
  /** A message was published and handed to its subscribers; `client` is undefined for wills and for messages of the program itself. */
  publish: [message: PublishedMessage, client: ClientInfo | undefined];
  /** The store has ended by itself: nothing is acknowledged any more that has to be kept. What was, is there when another broker starts. */
  storeDeath: [error: TernmqError];
}

/** A message as a program sees it. */
export interface PublishedMessage {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: number;
  readonly retain: boolean;
  readonly properties: MessageProperties;
}

/** The properties that go with a message from its publisher to its receivers (MQTT 5.0 §3.3.2.3). */
export interface MessageProperties {
  readonly payloadFormatIndicator?: number;
  /** Seconds. */
  readonly messageExpiryInterval?: number;
  readonly contentType?: string;
  readonly responseTopic?: string;
  readonly correlationData?: Uint8Array;
  readonly userProperties?: [name: string, value: string][];
}

export type PublishListener = (message: PublishedMessage) => void;
