/**
 * Runs aedes as a broker, which is a library and no dependency of this project.
 *
 *     node aedes.js <folder>           prints the version of the aedes that a program in the folder would get
 *     node aedes.js <folder> <port>    runs it on 127.0.0.1
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer, type Socket } from "node:net";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** What is used of it, from 1.0 on. */
interface Aedes {
  createBroker?(): Promise<{ handle(socket: Socket): void }>;
}

function packageOf(path: string): { version: string } {
  const file = join(dirname(path), "package.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : packageOf(dirname(path));
}

async function run(entry: string, port: number): Promise<void> {
  const { Aedes }: { Aedes?: Aedes } = await import(pathToFileURL(entry).href);
  if (Aedes?.createBroker === undefined)
    throw new Error(`aedes ${packageOf(entry).version} is too old: 1.0 or newer is needed`);
  const broker = await Aedes.createBroker();
  createServer({ noDelay: true }, broker.handle).listen(port, "127.0.0.1");
}

const [folder = ".", port] = process.argv.slice(2);
const entry = createRequire(join(resolve(folder), "file.js")).resolve("aedes");
if (port === undefined) process.stdout.write(`${packageOf(entry).version}\n`);
else await run(entry, Number(port));
