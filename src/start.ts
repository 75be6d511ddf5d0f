import type { Limits } from "./config/limits.ts";
import type { ListenerOptions } from "./config/listener-options.ts";
import type { PersistenceOptions } from "./config/options.ts";
import { TernmqError } from "./errors.ts";
import { createLog, type Log, type LogLevel } from "./observability/log.ts";
import { createBroker, type TernmqBroker } from "./ternmq-broker.ts";

const EXIT_FAILURE = 1;

/** What the command line asks for. */
export interface StartRequest {
  readonly host: string;
  readonly port: number;
  /** Undefined: no WebSocket listener. */
  readonly wsPort: number | undefined;
  readonly directIo: boolean;
  /** Undefined: nothing outlives the process. */
  readonly persistence: PersistenceOptions | undefined;
  readonly logLevel: LogLevel;
  readonly limits: Partial<Limits>;
}

/**
 * Runs a broker until SIGINT or SIGTERM, then ends the process: with 0 when all went well, with 1 where it cannot run or go on, or not all could be
 * written at the end.
 */
export async function start(request: StartRequest): Promise<void> {
  const { limits, directIo, logLevel, persistence } = request;
  const output = createLog(logLevel);
  const { log } = output;
  try {
    const broker = createBroker({
      listeners: listeners(request),
      limits,
      directIo,
      log,
      ...(persistence === undefined ? {} : { persistence }),
    });
    broker.on("storeDeath", () => void exit(output, EXIT_FAILURE));
    stopOnSignal(broker, output);
    await broker.start();
    if (!log.isLevelEnabled("info")) announce(broker);
  } catch (error) {
    if (!(error instanceof TernmqError)) throw error;
    process.stderr.write(`ternmq: ${error.message}\n`);
    await exit(output, EXIT_FAILURE);
  }
}

/** Where the log is too quiet to tell it: with port 0 nobody would know the port. */
function announce({ addresses }: TernmqBroker): void {
  for (const { protocol, host, port } of addresses)
    process.stdout.write(`listening for ${protocol} on ${host}:${port}\n`);
}

function listeners({ host, port, wsPort }: StartRequest): ListenerOptions[] {
  const tcp: ListenerOptions = { protocol: "mqtt", host, port };
  return wsPort === undefined ? [tcp] : [tcp, { protocol: "ws", host, port: wsPort }];
}

/** The first signal lets clients go in good order; a second one ends the process at once. */
function stopOnSignal(broker: TernmqBroker, output: Log): void {
  let isStopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isStopping) process.exit(EXIT_FAILURE);
    isStopping = true;
    const stopped = broker.stop();
    output.log.info({ signal }, "stopping");
    void stopped.then(() => exit(output, broker.hasUnwritten ? EXIT_FAILURE : 0));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
}

async function exit(output: Log, code: number): Promise<void> {
  await output.end();
  process.exit(code);
}
