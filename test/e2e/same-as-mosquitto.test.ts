import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { Authority } from "../support/certificates.ts";
import { folderWith } from "../support/config-files.ts";
import { type ConnectOptions, pingreq, publish, subscribe, type Version } from "../support/packets.ts";
import { CLI, Program, run } from "../support/program.ts";
import type { RawClient } from "../support/raw-client.ts";
import { tlsClient } from "../support/tls-client.ts";

const ACL = `# clients without a user name
topic read public/#
topic write public/inbox

user alice
topic read sensors/#
topic deny sensors/secret/#
topic write commands/+/run
topic readwrite alice/#
topic alice2

user bob
topic readwrite #
topic deny private

user admin
topic readwrite #
topic readwrite $SYS/#

# everybody
pattern readwrite devices/%c/#
pattern write users/%u/inbox
pattern read users/%u/#
pattern deny users/%u/locked
pattern read news/#
`;

const TOPICS = [
  ...[
    "public/a",
    "public/inbox",
    "sensors",
    "sensors/1",
    "sensors/secret",
    "sensors/secret/x",
    "commands/1/run",
    "commands/run",
  ],
  ...[
    "alice",
    "alice/x/y",
    "alice2",
    "alice2/x",
    "private",
    "private/x",
    "devices/c1/up",
    "devices/c1",
    "devices/other/up",
  ],
  ...["devices/x/up", "users/alice/inbox", "users/alice/locked", "users/bob/inbox", "users/c1/inbox", "users//inbox"],
  ...["devices/c/1/up", "devices/c/2/up", "users/dave/d/inbox", "users/dave/d/locked", "users/dave/inbox", "news/a"],
];
const END = "end";
const WILLS = [
  "public/inbox",
  "sensors/1",
  "commands/1/run",
  "alice/x/y",
  "private",
  "devices/c1/up",
  "devices/c/1/up",
  "users/alice/locked",
];
const FILTERS = ["#", "news/#", "devices/c/1/#", "+/+", "sensors/#", "alice/#", "private", "devices/+/up", "users/#"];

interface Who extends ConnectOptions {
  readonly clientIdentifier: string;
}

const PEOPLE: readonly Who[] = [
  { clientIdentifier: "c1" },
  { clientIdentifier: "c1", username: "alice", password: "alice's" },
  { clientIdentifier: "c2", username: "bob", password: "bob's" },
  { clientIdentifier: "c/1" },
  { clientIdentifier: "c+1" },
  { clientIdentifier: "c#", username: "alice", password: "alice's" },
  { clientIdentifier: "/c1/", username: "dave/d", password: "dave/d's" },
  { clientIdentifier: "c1", username: "alice", password: "wrong" },
  { clientIdentifier: "c1", username: "alice" },
  { clientIdentifier: "c1", username: "nobody", password: "alice's" },
  { clientIdentifier: "c1", username: "Alice", password: "alice's" },
];

/** One that was free a moment ago: Mosquitto has to be told one, and both brokers get the same file. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await once(server.close(), "close");
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

/** A configuration as the manual and common guides have it. */
async function configuration(authority: Authority, port: number, allowAnonymous: boolean): Promise<string> {
  const { certificate, key } = authority.issue("server", { names: "DNS:localhost,IP:127.0.0.1" });
  const folder = folderWith({ acl: ACL });
  mkdirSync(join(folder, "store"));
  const users = ["alice", "bob", "dave/d", "admin"];
  for (const [index, user] of users.entries()) {
    await run("mosquitto_passwd", [...(index === 0 ? ["-c"] : []), "-b", join(folder, "passwd"), user, `${user}'s`]);
  }
  const text = `# Place your local configuration in /etc/mosquitto/conf.d/
user root
pid_file ${folder}/mosquitto.pid

persistence true
persistence_location ${folder}/store/
autosave_interval 1800

log_dest stderr
log_type all
connection_messages true

allow_anonymous ${allowAnonymous}
password_file ${folder}/passwd
acl_file ${folder}/acl

listener ${port} 127.0.0.1
cafile ${authority.certificate}
certfile ${certificate}
keyfile ${key}
tls_version tlsv1.2

max_keepalive 600
max_inflight_messages 20
max_queued_messages 1000
message_size_limit 100000
`;
  return join(folderWith({ "mosquitto.conf": text }), "mosquitto.conf");
}

/** What clients of a broker may do. */
class Trial {
  readonly #port: number;
  readonly #authority: Authority;
  readonly #version: Version;

  constructor(port: number, authority: Authority, version: Version) {
    this.#port = port;
    this.#authority = authority;
    this.#version = version;
  }

  /** By client: whether it came in, and all it did that had an effect. */
  async outcome(): Promise<Record<string, unknown>> {
    const outcome: Record<string, unknown> = {};
    for (const who of PEOPLE) {
      const name = `${who.username ?? ""} ${who.password ?? ""} ${who.clientIdentifier}`;
      const client = await this.#enter(who);
      const isIn = client.connack?.reasonCode === 0;
      if (isIn) await client.close();
      outcome[name] = isIn && {
        published: await this.#published(who),
        received: await this.#received(who, false),
        retained: await this.#received(who, true),
        wills: await this.#wills(who),
      };
    }
    return outcome;
  }

  async #enter(who: ConnectOptions): Promise<RawClient> {
    const client = await tlsClient(this.#port, this.#authority);
    await client.handshake({ version: this.#version, ...who });
    return client;
  }

  async #admin(filters: readonly string[] = []): Promise<RawClient> {
    const admin = await this.#enter({ clientIdentifier: "admin", username: "admin", password: "admin's" });
    if (filters.length > 0) await this.#subscribe(admin, filters);
    return admin;
  }

  async #subscribe(client: RawClient, filters: readonly string[]): Promise<void> {
    client.send(subscribe({ version: this.#version, subscriptions: [...filters] }));
    for (let packet = await client.next(); packet.type !== "suback"; packet = await client.next());
  }

  #publish(client: RawClient, topics: readonly string[], retain = false, payload = "x"): void {
    for (const topic of topics) client.send(publish({ version: this.#version, topic, payload, retain }));
  }

  /** The topics of what comes until the end is told, each once. */
  async #topics(client: RawClient): Promise<string[]> {
    const topics = new Set<string>();
    for (;;) {
      const packet = await client.next("a message");
      if (packet.type !== "publish") continue;
      if (packet.topic.endsWith(END)) return [...topics].sort();
      topics.add(packet.topic);
    }
  }

  async #published(who: Who): Promise<string[]> {
    const admin = await this.#admin(["#"]);
    const client = await this.#enter(who);
    this.#publish(client, TOPICS);
    await client.expectNothing();
    this.#publish(admin, [END]);
    const topics = await this.#topics(admin);
    await Promise.all([client.close(), admin.close()]);
    return topics;
  }

  async #received(who: Who, retained: boolean): Promise<Record<string, string[]>> {
    const admin = await this.#admin();
    const received: Record<string, string[]> = {};
    for (const filter of FILTERS) {
      if (retained) this.#publish(admin, TOPICS, true);
      await admin.expectNothing();
      const client = await this.#enter(who);
      await this.#subscribe(client, [filter]);
      if (!retained) this.#publish(admin, TOPICS);
      await admin.expectNothing();
      received[filter] = await this.#waiting(client);
      this.#publish(admin, TOPICS, true, "");
      await client.close();
    }
    await admin.close();
    return received;
  }

  /** The topics of all that was sent to the client before the answer to a PINGREQ. */
  async #waiting(client: RawClient): Promise<string[]> {
    const topics = new Set<string>();
    client.send(pingreq());
    for (let packet = await client.next(); packet.type !== "pingresp"; packet = await client.next()) {
      if (packet.type === "publish") topics.add(packet.topic);
    }
    return [...topics].sort();
  }

  async #wills(who: Who): Promise<string[]> {
    const admin = await this.#admin(["#"]);
    for (const topic of WILLS) {
      const client = await this.#enter({ ...who, will: { topic, payload: "gone" } });
      client.destroy();
      // Whoever takes its place comes when the will of the one before is out.
      if (client.connack?.reasonCode === 0) await (await this.#enter(who)).close();
    }
    this.#publish(admin, [END]);
    const topics = await this.#topics(admin);
    await admin.close();
    return topics;
  }
}

async function tryOut(broker: Program, trial: Trial): Promise<Record<string, unknown>> {
  try {
    return await trial.outcome();
  } finally {
    await broker.kill();
  }
}

it.each<[Version, boolean]>([
  [4, true],
  [5, false],
])(
  "a mosquitto.conf with TLS, passwords and an access control list says the same to both, at protocol level %i, anonymous clients: %s",
  async (version, allowAnonymous) => {
    const authority = Authority.create();
    const port = await freePort();
    const file = await configuration(authority, port, allowAnonymous);
    const trial = new Trial(port, authority, version);

    const mosquitto = new Program("mosquitto", ["-v", "-c", file]);
    onTestFinished(() => mosquitto.kill());
    await expect.poll(() => mosquitto.stderr, { timeout: 10_000 }).toMatch(/running/);
    const theirs = await tryOut(mosquitto, trial);

    const ternmq = new Program(process.execPath, [CLI, "start", "--mosquitto-config", file]);
    onTestFinished(() => ternmq.kill());
    await ternmq.line("a port", (line) => (line.includes('"msg":"listening"') ? line : undefined));
    const ours = await tryOut(ternmq, trial);

    expect(ours).toEqual(theirs);
    expect(Object.values(theirs).filter((each) => each !== false)).toHaveLength(allowAnonymous ? 7 : 4);
  },
  120_000,
);
