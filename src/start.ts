import type { Logger } from "pino";
import { brokerOptions } from "./config/broker-options.ts";
import type { Configuration } from "./config/load-apart.ts";
import { originText } from "./config/source/origin.ts";
import { ConfigError } from "./config/source/problem.ts";
import { TernmqError } from "./errors.ts";
import { endBy, type HangUps } from "./hang-ups.ts";
import { createLog, type Log } from "./observability/log.ts";
import { removePidFile, writePidFile } from "./pid-file.ts";
import { Reloader } from "./reload/reloader.ts";
import { createBroker, type TernmqBroker } from "./ternmq-broker.ts";
import { inlineMore, keepYoungGeneration } from "./v8-flags.ts";

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

/**
 * Runs a broker until SIGINT or SIGTERM, then ends the process: with 0 when all went well, with 2 where its configuration cannot be used, with 1
 * where it cannot run or go on, or not all could be written at the end.
 * @param readApart reads the configuration; at SIGHUP it is asked again
 */
export async function start(readApart: () => Promise<Configuration>, hangUps: HangUps): Promise<void> {
  inlineMore();
  const read = () => readApart().finally(keepYoungGeneration);
  const loaded = await configured(read);
  const output = await createLog(loaded.config.log.level);
  const { log } = output;
  try {
    warn(loaded, log);
    const broker = createBroker(brokerOptions(loaded.config, log));
    broker.on("storeDeath", () => void exit(output, EXIT_FAILURE));
    const stop = stopOnSignal(broker, output);
    const reloader = new Reloader(broker, read, loaded, log);
    hangUps.leadTo(() => reloader.ask(), stop);
    await broker.start();
    keepYoungGeneration();
    keepPidFile(loaded);
    reloader.begin();
    if (!log.isLevelEnabled("info")) announce(broker, output);
  } catch (error) {
    if (!(error instanceof TernmqError)) throw error;
    // A signal has stopped it before it ran, and ends the process.
    if (error.code === "ERR_STATE") return;
    process.stderr.write(`ternmq: ${error.message}\n`);
    await exit(output, EXIT_FAILURE);
  }
}

/** Ends the process where the configuration cannot be used. */
async function configured(read: () => Promise<Configuration>): Promise<Configuration> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(
      `${error.message}\nerror: the configuration cannot be used (add --help to see what there is)\n`,
    );
    process.exit(EXIT_USAGE);
  }
}

/** However the process ends, the file goes with it. */
function keepPidFile({ config: { pidFile } }: Configuration): void {
  if (pidFile === undefined) return;
  writePidFile(pidFile);
  process.on("exit", () => removePidFile(pidFile));
}

/** What the configuration says and the broker does not do. */
function warn({ warnings }: Configuration, log: Logger): void {
  for (const { origin, message } of warnings) log.warn({ at: originText(origin) }, message);
}

/** Where the log is too quiet to tell it: with port 0 nobody would know the port. */
function announce({ addresses }: TernmqBroker, output: Log): void {
  for (const { protocol, host, port, path = `${host}:${port}` } of addresses)
    output.print(`listening for ${protocol} on ${path}\n`);
}

/** The first signal lets clients go in good order; a second one ends the process at once. @returns what a signal does */
function stopOnSignal(broker: TernmqBroker, output: Log): (signal: NodeJS.Signals) => void {
  let isStopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isStopping) {
      output.abandon();
      process.exit(EXIT_FAILURE);
    }
    isStopping = true;
    if (signal === "SIGHUP") output.log.level = "silent";
    const stopped = broker.stop();
    output.log.info({ signal }, "stopping");
    void stopped.then(() =>
      signal === "SIGHUP" ? endBy(signal) : exit(output, broker.hasUnwritten ? EXIT_FAILURE : 0),
    );
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return onSignal;
}

async function exit(output: Log, code: number): Promise<void> {
  await output.end();
  process.exit(code);
}
