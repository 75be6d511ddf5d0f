import { Program, run } from "./program.ts";

const MISSING = "is missing: install Debian's package mosquitto-clients, which the end-to-end tests need";
const SEPARATOR = "\u001f";
const FIELDS = ["%t", "%q", "%r", "%p", "%P"].join(SEPARATOR);

/** A message as mosquitto_sub got it; `userProperties` as it prints them: `name:value`, one after the other. */
export interface Received {
  readonly topic: string;
  readonly qos: number;
  readonly retain: boolean;
  readonly payload: string;
  readonly userProperties: string;
}

/** Fails with a hint, rather than with ENOENT in the middle of a test. */
export async function requireMosquitto(): Promise<void> {
  for (const command of ["mosquitto_pub", "mosquitto_sub"]) {
    const { stderr } = await run(command, ["--help"]);
    if (stderr.includes("ENOENT")) throw new Error(`${command} ${MISSING}`);
  }
}

/** Publishes by mosquitto_pub; resolves when the broker has acknowledged it, as the QoS demands. */
export async function mosquittoPub(port: number, args: readonly string[]): Promise<void> {
  const { code, stderr } = await run("mosquitto_pub", ["-h", "127.0.0.1", "-p", String(port), ...args]);
  if (code !== 0) throw new Error(`mosquitto_pub ended with ${code}: ${stderr}`);
}

/** A mosquitto_sub that runs beside the test. */
export class MosquittoSub extends Program {
  #taken = 0;

  /** Resolves when the broker has acknowledged the subscription. */
  static async start(port: number, args: readonly string[]): Promise<MosquittoSub> {
    // Its output would wait in a buffer, as it does not go to a terminal.
    const command = ["-oL", "mosquitto_sub", "-h", "127.0.0.1", "-p", String(port), "-d", "-F", FIELDS, ...args];
    const subscriber = new MosquittoSub("stdbuf", command);
    await subscriber.line("an acknowledged subscription", (line) => line.startsWith("Subscribed") || undefined);
    return subscriber;
  }

  /** The next message. */
  async next(): Promise<Received> {
    const wanted = this.#taken++;
    let seen = 0;
    return this.line("another message", (line) => {
      const message = parse(line);
      return message !== undefined && seen++ === wanted ? message : undefined;
    });
  }

  /** All messages so far. */
  get messages(): Received[] {
    return this.lines.map(parse).filter((message) => message !== undefined);
  }
}

function parse(line: string): Received | undefined {
  const [topic, qos, retain, payload, userProperties] = line.split(SEPARATOR);
  if (topic === undefined || payload === undefined) return undefined;
  return { topic, qos: Number(qos), retain: retain === "1", payload, userProperties: userProperties ?? "" };
}
