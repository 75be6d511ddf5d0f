import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load.ts";
import { configJsonSchema } from "../../../src/config/schema/config.ts";
import { optionsOf, schemaAt } from "../../../src/config/schema/options.ts";
import { outsideOfFiles } from "../../../src/config/source/origin.ts";
import { fromAssignment, fromEnvironment, override, variableName } from "../../../src/config/source/overrides.ts";
import { ConfigError, type Problem } from "../../../src/config/source/problem.ts";
import { emptyMap, fromData, toData, type WrittenMap } from "../../../src/config/source/written.ts";
import { FLAGS } from "../../../src/start-command/flags.ts";

const SCHEMA = configJsonSchema();
const OPTIONS = optionsOf(SCHEMA);

/** Any option, with numbers in the place of lists. */
const paths = fc
  .tuple(fc.constantFrom(...OPTIONS), fc.array(fc.nat(99), { minLength: 4, maxLength: 4 }))
  .map(([{ path }, numbers]) => path.map((part, index) => (part === "*" ? (numbers[index] ?? 0) : part)));

function nameOf(path: readonly (string | number)[]): string {
  const numbers = path.filter((part) => typeof part === "number");
  const name = variableName(path.map((part) => (typeof part === "number" ? "*" : part)));
  return numbers.reduce((text: string, number) => text.replace("<n>", String(number)), name);
}

function load(environment: Record<string, string>, assignments: readonly string[] = []) {
  return loadConfig({ environment, assignments }).config;
}

function problems(environment: Record<string, string>): string {
  try {
    load(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
}

describe("environment variables", () => {
  it("have a name each", () => {
    const names = OPTIONS.map(({ path }) => variableName(path).replaceAll("<n>", "0"));
    expect(new Set(names).size).toBe(new Set(OPTIONS.map(({ path }) => path.join("."))).size);
  });

  it("set the option that they are named after", () => {
    fc.assert(
      fc.property(paths, (path) => {
        const found: Problem[] = [];
        const overrides = fromEnvironment(SCHEMA, { [nameOf(path)]: "5" }, found);
        expect(found).toEqual([]);
        expect(overrides.map((each) => each.path)).toEqual([path]);
      }),
    );
  });

  it("say the same as --set", () => {
    const value = fc.oneof(fc.string({ unit: "grapheme" }), fc.integer().map(String), fc.boolean().map(String));
    fc.assert(
      fc.property(paths, value, (path, text) => {
        const [fromVariable, fromOption]: Problem[][] = [[], []];
        const one = fromEnvironment(SCHEMA, { [nameOf(path)]: text }, fromVariable ?? []);
        const other = fromAssignment(SCHEMA, `${path.join(".")}=${text}`, fromOption ?? []);
        expect(one.map((each) => toData(each.value))).toEqual(other.map((each) => toData(each.value)));
        expect(fromVariable?.map(({ message }) => message)).toEqual(fromOption?.map(({ message }) => message));
      }),
    );
  });

  it("are put where they belong, whatever else is there", () => {
    const origin = outsideOfFiles("test");
    const data = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.jsonValue());
    fc.assert(
      fc.property(
        data,
        fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 4 }),
        fc.jsonValue(),
        (before, path, value) => {
          const root = fromData(before, origin) as WrittenMap;
          const kept = structuredClone(before);
          const found = override(root, [{ path, value: fromData(value, origin) }]);
          const after = toData(root) as Record<string, unknown>;
          if (found.length === 0)
            expect(path.reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], after)).toEqual(value);
          for (const name of Object.keys(kept).filter((each) => each !== path[0]))
            expect(after[name]).toEqual(kept[name]);
        },
      ),
    );
  });

  it("are YAML, except where text is asked for", () => {
    const config = load({
      TERNMQ_LISTENERS: "[{protocol: mqtt, port: 0}]",
      TERNMQ_LISTENERS_0_VERSIONS: "[4, 5]",
      TERNMQ_LISTENERS_0_NAME: "5",
      TERNMQ_LIMITS_STALL_TIMEOUT: "5s",
      TERNMQ_PERSISTENCE: "{enabled: false}",
    });
    expect(config.listeners).toEqual([{ protocol: "mqtt", port: 0, versions: [4, 5], name: "5" }]);
    expect(config).toMatchObject({ limits: { stallTimeout: 5_000 }, persistence: { enabled: false } });
  });

  it("change the listeners by default where there are no others", () => {
    const { listeners } = load({
      TERNMQ_LISTENERS_0_HOST: "0.0.0.0",
      TERNMQ_LISTENERS_2_PROTOCOL: "mqtt",
      TERNMQ_LISTENERS_2_PORT: "9",
    });
    expect(listeners).toEqual([
      { protocol: "mqtt", host: "0.0.0.0", port: 1883 },
      { protocol: "ws", host: "127.0.0.1", port: 8083 },
      { protocol: "mqtt", port: 9 },
    ]);
  });

  it("that are no option are errors with a suggestion", () => {
    expect(problems({ TERNMQ_LIMIT_MAXIMUM_CONNECTIONS: "5" })).toBe(
      'TERNMQ_LIMIT_MAXIMUM_CONNECTIONS: there is no such option; did you mean "TERNMQ_LIMITS_MAXIMUM_CONNECTIONS"?',
    );
    expect(problems({ TERNMQ_LIMITS_MAXIMUM_CONNECTIONS: "many" })).toMatch(
      /^TERNMQ_LIMITS_MAXIMUM_CONNECTIONS: limits.maximumConnections: "many" is not allowed/,
    );
    expect(problems({ TERNMQ_LISTENERS_7_PORT: "5" })).toMatch(/^TERNMQ_LISTENERS_7_PORT: the list has fewer items/);
  });

  it.each([
    ["[", /^TERNMQ_LISTENERS: this is not YAML: /],
    ["*a", /^TERNMQ_LISTENERS: there is no &a before this$/m],
    ["&a [*a]", /^TERNMQ_LISTENERS: \*a is inside of itself$/m],
    ["[{protocol: unix, path: s, mode: 0440}]", /^TERNMQ_LISTENERS: 0 stands in front of a number: write 0o660/],
  ])("whose YAML is %j are errors", (text, message) => {
    expect(problems({ TERNMQ_LISTENERS: text })).toMatch(message);
  });

  it("take no other variables into their values", () => {
    expect(load({ TERNMQ_LISTENERS: `[{protocol: mqtt, port: 0, name: "\${PATH}"}]` }).listeners).toMatchObject([
      { name: `\${PATH}` },
    ]);
  });

  it("for the benchmark are none of the broker's", () => {
    expect(problems({ TERNMQ_BENCH_PASSWORD: "x" })).toBe("");
  });

  it("of Kubernetes for a service called ternmq are none of ours", () => {
    const address = "tcp://10.0.0.1:1883";
    const environment = {
      TERNMQ_SERVICE_HOST: "10.0.0.1",
      TERNMQ_SERVICE_PORT: "1883",
      TERNMQ_SERVICE_PORT_MQTT: "1883",
      TERNMQ_PORT: address,
      TERNMQ_PORT_1883_TCP: address,
      TERNMQ_PORT_1883_TCP_PROTO: "tcp",
      TERNMQ_EU_PORT: address,
    };
    expect(problems(environment)).toBe("");
    expect(problems({ TERNMQ_PORT: "1883" })).toMatch(/^TERNMQ_PORT: there is no such option/);
  });
});

describe("--set", () => {
  it("counts more than the environment", () => {
    expect(load({ TERNMQ_LOG_LEVEL: "warn" }, ["log.level=error"]).log.level).toBe("error");
  });

  it("takes a value with = in it", () => {
    expect(load({}, ["listeners.0.name=a=b"]).listeners[0]?.name).toBe("a=b");
  });

  it("makes no list with gaps", () => {
    const root = emptyMap(outsideOfFiles("test"));
    expect(override(root, [{ path: ["listeners", 3], value: fromData(1, root.origin) }])).toHaveLength(1);
    expect(toData(root)).toEqual({ listeners: [] });
  });
});

describe("flags of ternmq start", () => {
  it("have the defaults of the schema", () => {
    const shown = FLAGS.filter(
      ({ byDefault, paths: [[section]] }) => byDefault !== undefined && section !== "listeners",
    );
    expect(shown.length).toBeGreaterThan(10);
    for (const {
      paths: [path],
      byDefault,
    } of shown)
      expect([path, schemaAt(SCHEMA, path)?.default]).toEqual([path, byDefault]);
  });

  it("say the same as --set", () => {
    const flags = [{ flag: "--max-sessions", path: ["limits", "maximumSessions"], value: "7" }];
    expect(loadConfig({ environment: {}, flags }).config).toEqual(load({}, ["limits.maximumSessions=7"]));
  });
});
