/** Counters since the start, plain numbers so that counting costs nothing; read them at any time. */
export class Statistics {
  connectionsOpened = 0;
  connectionsRefused = 0;
  /** Clients whose user name, password, token or proof was wrong. */
  authenticationsFailed = 0;
  /** Addresses that were banned as too many such clients came from there. */
  addressesBanned = 0;
  /** Connections closed because their address was banned. */
  connectionsBanned = 0;
  /** Clients refused because they connect in a loop. */
  clientsHeldOff = 0;
  /** PUBLISH packets from clients. */
  messagesReceived = 0;
  /** PUBLISH packets to clients. */
  messagesSent = 0;
  /** QoS 0 messages to a client whose outbox was full. */
  messagesDroppedOutboxFull = 0;
  /** Messages to a session whose queue was full. */
  messagesDroppedQueueFull = 0;
  /** Messages that would have had to wait in memory, of which all that may be used for that was used. */
  messagesDroppedBacklogFull = 0;
  /** Times that a publisher was not read from because those who receive from it are slow and much waits in memory. */
  publisherHolds = 0;
  /** Times that a client was not read from because it had sent all that its rates allow. */
  clientsPaused = 0;
  /** Connections closed as too many were opened by their listener or address, and clients refused as too many of their user came. */
  connectionsRefusedRate = 0;
  /** Connections closed as there were too many on which no CONNECT had come. */
  connectionsRefusedPending = 0;
  /** Clients that were refused because the broker was too busy. */
  connectionsRefusedBusy = 0;
  /** Messages whose expiry interval ran out before they were sent. */
  messagesExpired = 0;
  /** Messages larger than their receiver takes. [MQTT-3.1.2-25] */
  messagesDroppedTooLarge = 0;
  /** Messages on their way to a client that has no right to receive them, and wills of clients that may not publish them any more. */
  messagesDroppedNotAuthorized = 0;
  /** Messages that could not be retained because there were as many as may be. */
  retainedRefused = 0;
  /** Connections closed because the client took nothing for too long. */
  connectionsStalled = 0;
  /** Groups of changes that were written to the store. */
  groupsWritten = 0;
  /** Attempts to write one that failed. */
  groupsFailed = 0;
}
