import { existsSync, mkdirSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadChecked } from "../../../src/config/files/load-checked.ts";
import type { Sources } from "../../../src/config/load.ts";
import { ConfigError } from "../../../src/config/source/problem.ts";
import { Authority } from "../../support/certificates.ts";
import { folderWith } from "../../support/config-files.ts";

/** What is found in the first of these files and those that it names, without their folder. */
async function found(
  files: Readonly<Record<string, string>>,
  runsCode = true,
  prepare: (folder: string) => void = () => {},
): Promise<{ problems: string[]; warnings: string[]; folder: string }> {
  const folder = folderWith(files);
  prepare(folder);
  const [name = ""] = Object.keys(files);
  const source: Partial<Sources> = name.endsWith(".conf")
    ? { mosquittoFile: join(folder, name) }
    : { file: join(folder, name) };
  const plain = (text: string): string => text.replaceAll(`${folder}/`, "");
  try {
    const { fileWarnings } = await loadChecked({ environment: {}, ...source }, runsCode);
    return { problems: [], warnings: fileWarnings.map(({ message }) => plain(message)), folder };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { problems: plain(error.message).split("\n"), warnings: [], folder };
  }
}

const authenticators = (...lines: string[]): string =>
  `authentication:\n  authenticators:\n${lines.map((line) => `    - ${line}\n`).join("")}`;

describe("of the files that a configuration names", () => {
  it("each that is missing, or is none, is told with the place of its option", async () => {
    const text = `
listeners:
  - protocol: mqtts
    port: 0
    tls:
      certificate: none.pem
      key: folder
      certificates: [{certificate: two.pem, key: two.key, hosts: [a]}]
`;
    const { problems } = await found({ "t.yaml": text }, true, (folder) => mkdirSync(join(folder, "folder")));
    expect(problems).toEqual([
      "t.yaml:6:20: listeners[0].tls.certificate: cannot read none.pem: there is no such file",
      "t.yaml:7:12: listeners[0].tls.key: folder is a directory: give a file",
      "t.yaml:8:36: listeners[0].tls.certificates[0].certificate: cannot read two.pem: there is no such file",
      "t.yaml:8:50: listeners[0].tls.certificates[0].key: cannot read two.key: there is no such file",
    ]);
  });

  it("none is a device or a pipe, which would be waited for", async () => {
    const { problems } = await found({ "t.yaml": authenticators("{type: password-file, file: /dev/null}") });
    expect(problems).toEqual([
      "t.yaml:3:35: authentication.authenticators[0].file: /dev/null is a pipe or a device: give a file",
    ]);
  });

  it("none is larger than what can be read", async () => {
    const tls = "listeners: [{protocol: mqtts, port: 0, tls: {certificate: huge, key: huge}}]";
    const { problems } = await found({ "t.yaml": tls, huge: "" }, true, (folder) =>
      truncateSync(join(folder, "huge"), 700_000_000),
    );
    expect(problems[0]).toMatch(/^t.yaml:1:\d+: listeners\[0\].tls.certificate: huge has more than \d+ bytes/);
  });

  it("what a broker could not use of their content is told, with its place too", async () => {
    const text = `${authenticators("{type: password-file, file: users}", "{type: jwt, algorithms: [RS256], jwksFile: keys}")}
accessRules: {aclFile: acl}
listeners: [{protocol: mqtt, port: 0, accessRules: {aclFile: acl}, authentication: {authenticators: [{type: jwt, algorithms: [HS256], secretFile: keys}]}}]
`;
    const files = { users: "ann:x\nbob\n", keys: "{}", acl: "topic sideways a/b/c\n" };
    const { problems } = await found({ "t.yaml": text, ...files });
    expect(problems).toEqual([
      expect.stringMatching(/^t.yaml:3:35: authentication.authenticators\[0\].file: users:1:5: /),
      expect.stringMatching(/^t.yaml:3:35: authentication.authenticators\[0\].file: users:2:1: expected user:hash$/),
      expect.stringMatching(
        /^t.yaml:4:50: authentication.authenticators\[1\].jwksFile: jwt: keys is no JSON Web Key Set/,
      ),
      expect.stringMatching(/^t.yaml:6:24: accessRules.aclFile: acl:1:7: expected read, write/),
      expect.stringMatching(/^t.yaml:7:62: listeners\[0\].accessRules.aclFile: acl:1:7: expected read, write/),
      expect.stringMatching(/^t.yaml:7:147: .*secretFile: jwt: the secret in keys is too short/),
    ]);
  });

  it("certificates are seen to belong to their keys, and to be of use", async () => {
    const authority = Authority.create();
    const [server, other, old] = [authority.issue("a"), authority.issue("b"), authority.issue("c", { days: -1 })];
    const tls = (certificate: string, key: string): Record<string, string> => ({
      "t.yaml": `listeners: [{protocol: wss, port: 0, tls: {certificate: ${certificate}, key: ${key}}}]`,
    });
    expect(await found(tls(server.certificate, server.key))).toMatchObject({ problems: [], warnings: [] });
    expect((await found(tls(server.certificate, other.key))).problems).toEqual([
      expect.stringMatching(/^t.yaml:1:\d+: listeners\[0\].tls.(key|certificate): the key file .* does not belong to/),
    ]);
    expect((await found(tls(old.certificate, old.key))).warnings).toEqual([
      expect.stringMatching(/^listeners\[0\].tls.certificate: the certificate .* has expired/),
    ]);
  });

  it("modules of the user's are run where that is wanted, and only then", async () => {
    const files = {
      "t.yaml": authenticators("{type: module, file: hooks.mjs}"),
      "hooks.mjs": "export const nothing = 1;",
    };
    expect((await found(files)).problems).toEqual([
      "t.yaml:3:28: authentication.authenticators[0].file: cannot use the module hooks.mjs: it exports neither authenticate nor authorize",
    ]);
    expect((await found(files, false)).problems).toEqual([]);
  });

  it("the places where a broker writes are looked at, and nothing is made there", async () => {
    const listener = "listeners: [{protocol: unix, path: no/socket}, {protocol: unix, path: t.yaml}]";
    const text = `${listener}\npersistence: {directory: t.yaml/store}\npidFile: no/pid\n`;
    const { problems } = await found({ "t.yaml": text });
    expect(problems).toEqual([
      "t.yaml:1:36: listeners[0].path: cannot listen for unix on no/socket: there is no such directory: make it, or choose another one",
      "t.yaml:1:71: listeners[1].path: cannot listen for unix on t.yaml: the file is no socket: choose another path",
      "t.yaml:2:26: persistence.directory: t.yaml is no directory: choose another place",
      expect.stringMatching(/^t.yaml:3:10: pidFile: there is no directory .*no: make it, or choose another one/),
    ]);
    const good = await found({ "t.yaml": "persistence: {directory: a/b/store}\npidFile: pid\n" });
    expect(good.problems).toEqual([]);
    expect(existsSync(join(good.folder, "a"))).toBe(false);
    expect(existsSync(join(good.folder, "pid"))).toBe(false);
  });

  it("those of a mosquitto.conf are told with the line of their directive", async () => {
    const text =
      "listener 1883\nallow_anonymous false\npassword_file /nowhere/users\nacl_file /nowhere/acl\nlistener 8883\ncertfile /nowhere/c\nkeyfile /nowhere/k\n";
    expect((await found({ "mosquitto.conf": text })).problems).toEqual([
      "mosquitto.conf:3: authentication.authenticators[0].file: cannot read /nowhere/users: there is no such file",
      "mosquitto.conf:4: accessRules.aclFile: cannot read /nowhere/acl: there is no such file",
      "mosquitto.conf:6: listeners[1].tls.certificate: cannot read /nowhere/c: there is no such file",
      "mosquitto.conf:7: listeners[1].tls.key: cannot read /nowhere/k: there is no such file",
    ]);
  });
});
