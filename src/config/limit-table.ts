import type { Limits } from "./limits.ts";

/** A limit, as users see it. */
export interface Limit {
  /** What its number counts; `switch` is true or false. */
  readonly kind: "number" | "bytes" | "milliseconds" | "seconds" | "switch";
  readonly description: string;
  /** Its option of `ternmq start`. */
  readonly flag: string;
}

export const LIMITS: Readonly<Record<keyof Limits, Limit>> = {
  maximumPacketSize: {
    kind: "bytes",
    description: "largest packet that a client may send",
    flag: "--max-packet-size",
  },
  maximumConnections: { kind: "number", description: "clients connected at a time", flag: "--max-connections" },
  maximumPendingConnections: {
    kind: "number",
    description: "connections on which no CONNECT has come, handshakes of TLS and WebSocket included",
    flag: "--max-pending",
  },
  maximumPendingConnectionsPerAddress: {
    kind: "number",
    description: "the same of one address (IPv6: of one /64) that is not trusted",
    flag: "--max-pending-per-address",
  },
  maximumSessions: {
    kind: "number",
    description: "sessions, those of offline clients included",
    flag: "--max-sessions",
  },
  maximumSubscriptions: {
    kind: "number",
    description: "subscriptions of one session",
    flag: "--max-subscriptions",
  },
  receiveMaximum: {
    kind: "number",
    description: "QoS 1 and 2 messages under way from one client",
    flag: "--receive-maximum",
  },
  maximumInflightMessages: {
    kind: "number",
    description: "QoS 1 and 2 messages under way to one client",
    flag: "--max-inflight",
  },
  maximumQueuedMessages: {
    kind: "number",
    description: "messages that wait in one session; beyond it the oldest QoS 0, after it the newest is dropped",
    flag: "--max-queued",
  },
  maximumQueuedBytes: {
    kind: "bytes",
    description: "bytes of the messages that wait in one session",
    flag: "--max-queued-bytes",
  },
  maximumBacklogBytes: {
    kind: "bytes",
    description: "bytes that wait in memory for all clients together",
    flag: "--max-backlog-bytes",
  },
  maximumEventLoopDelay: {
    kind: "milliseconds",
    description: "how late the event loop may be again and again until new clients are refused; 0: they never are",
    flag: "--max-event-loop-delay",
  },
  queueQos0Messages: {
    kind: "switch",
    description: "let QoS 0 messages wait for clients that are offline",
    flag: "--queue-qos0",
  },
  maximumTopicLevels: { kind: "number", description: "levels of a topic", flag: "--max-topic-levels" },
  maximumOutboxBytes: { kind: "bytes", description: "bytes that wait for one client", flag: "--max-outbox-bytes" },
  stallTimeout: {
    kind: "milliseconds",
    description: "how long a client may take nothing of what waits for it",
    flag: "--stall-timeout",
  },
  maximumRetainedMessages: {
    kind: "number",
    description: "retained messages of all topics",
    flag: "--max-retained",
  },
  topicAliasMaximum: {
    kind: "number",
    description: "topic aliases that a client may use",
    flag: "--topic-alias-maximum",
  },
  maximumOutgoingTopicAliases: {
    kind: "number",
    description: "topic aliases used towards a client",
    flag: "--max-outgoing-topic-aliases",
  },
  connectTimeout: {
    kind: "milliseconds",
    description: "how long a client may take to connect, authentication included",
    flag: "--connect-timeout",
  },
  maximumSessionExpiryInterval: {
    kind: "seconds",
    description: "life of a session without its client; 4294967295 is for ever",
    flag: "--max-session-expiry",
  },
  maximumKeepAlive: {
    kind: "seconds",
    description: "longest keep alive with MQTT 5.0; 0 for any",
    flag: "--max-keep-alive",
  },
  validatePayloadFormat: {
    kind: "switch",
    description: "check payloads that say they are UTF-8",
    flag: "--validate-payload-format",
  },
};
