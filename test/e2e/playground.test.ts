import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchChromium, openPage, type ServedPage, servePage } from "../support/page.ts";

const PLAYGROUND = fileURLToPath(new URL("../../examples/matcher-playground", import.meta.url));
const SPEED_MILLISECONDS = 60_000;
/** Chromium waits a while for a worker that is busy before it ends it. */
const WORKER_MILLISECONDS = 15_000;

/** Examples of the page, and the filters that match there. */
const EXAMPLES: readonly (readonly [button: string, matching: readonly string[]])[] = [
  ["A small house", ["sensors/+room/temperature", "sensors/kitchen/#rest", "#"]],
  ["$SYS and wildcards", ["$SYS/#", "$SYS/+/uptime"]],
  ["# and the parent", ["house/#", "house"]],
  ["Empty levels", ["+/finance", "/finance", "+/+", "/+"]],
  ["A slash at the end", ["finance/", "finance/+", "finance/#"]],
  ["$share", ["$share/workers/jobs/+queue", "jobs/#"]],
  ["No patterns inside of a level", ["logs/+"]],
  ["A fleet", ["site4/#", "site4/+/temperature"]],
];

let served: ServedPage;
let browser: Browser;
let page: Page;
let complaints: string[] = [];

async function open(options: BrowserContextOptions = {}): Promise<void> {
  ({ page, complaints } = await openPage(browser, served.url, options));
  await page.locator("#matches li").first().waitFor();
}

const matches = () => page.locator("#matches li > code").allTextContents();
const filters = () => page.locator("#filters li > code").allTextContents();
const topic = () => page.getByLabel("A message is published to");
const filter = () => page.getByLabel("Subscribe to");
const nodes = (kind = "") => page.locator(`#trie g.node${kind} > text`).allTextContents();

describe("the matcher playground in Chromium", () => {
  beforeAll(async () => {
    browser = await launchChromium();
    served = await servePage(PLAYGROUND);
    return async () => {
      await browser.close();
      await served.close();
    };
  });

  beforeEach(() => open());

  afterEach(async () => {
    await page.context().close();
    expect(complaints).toEqual([]);
  });

  it("shows what matches as the topic name is typed, with what the wildcards capture", async () => {
    await topic().fill("");
    await topic().pressSequentially("sensors/hall/humidity");
    expect(await matches()).toEqual(["sensors/+/humidity", "#"]);
    await topic().fill("sensors/kitchen/oven/door");
    expect(await matches()).toEqual(["sensors/kitchen/#rest", "#"]);
    expect(await page.locator("#matches dl").allTextContents()).toEqual(['rest["oven","door"]']);
    expect(await page.locator("#summary").textContent()).toBe("2 of 5 filters match");
    await topic().fill("sensors/kitchen");
    expect(await page.locator("#matches dl").allTextContents()).toEqual(["rest[]"]);
  });

  it("adds and removes filters by keyboard", async () => {
    await filter().fill("sensors/+/+what");
    await page.keyboard.press("Enter");
    expect(await filters()).toContain("sensors/+/+what");
    expect(await matches()).toContain("sensors/+/+what");
    expect(await filter().inputValue()).toBe("");
    await page.getByRole("button", { name: "Remove sensors/kitchen/#rest" }).focus();
    await page.keyboard.press("Enter");
    expect(await filters()).not.toContain("sensors/kitchen/#rest");
    expect(await matches()).not.toContain("sensors/kitchen/#rest");
    await page.keyboard.press("Enter"); // the focus went on to the next one
    expect(await filters()).toEqual(["sensors/+room/temperature", "lights/hall/state", "#", "sensors/+/+what"]);
  });

  it.each([
    ["a/#/b", "misplaced-wildcard"],
    ["a+", "misplaced-wildcard"],
    ["$share/+/a", "invalid-share"],
    ["+a/+a", "a name twice"],
  ])("refuses the filter %s and says why", async (text, reason) => {
    const before = await filters();
    await filter().fill(text);
    expect(await page.locator("#filter-flaw").textContent()).toContain(reason);
    expect(await filter().getAttribute("aria-invalid")).toBe("true");
    await page.getByRole("button", { name: "Add" }).click();
    expect(await filters()).toEqual(before);
  });

  it("refuses a filter that is there, and a topic name with a wildcard, until they are mended", async () => {
    await filter().fill("#");
    await page.keyboard.press("Enter");
    expect(await page.locator("#filter-flaw").textContent()).toContain("in the list already");
    await topic().fill("a/+");
    expect(await page.locator("#topic-flaw").textContent()).toContain("wildcard-in-topic");
    expect(await matches()).toEqual([]);
    await topic().fill("a/b");
    expect(await page.locator("#topic-flaw").textContent()).toBe("");
    expect(await matches()).toEqual(["#"]);
  });

  it("draws the trie as it grows, and the way of what matches", async () => {
    await page.getByRole("button", { name: "Remove all" }).click();
    expect(await nodes()).toEqual(["start"]);
    for (const text of ["a/b", "a/+", "/x"]) {
      await filter().fill(text);
      await page.keyboard.press("Enter");
    }
    expect(await nodes()).toEqual(["start", "(empty)", "x #3", "a", "+ #2", "b #1"]);
    await topic().fill("a/c");
    expect(await nodes(".matched")).toEqual(["start", "a", "+ #2"]);
    await page.getByRole("button", { name: "Remove a/+" }).click();
    expect(await nodes(".matched")).toEqual([]);
    await page.getByRole("button", { name: "Back to my own filters" }).click();
    expect(await filters()).toHaveLength(5);
  });

  it("draws of a large trie what matches and some of the rest, in a frame that scrolls", async () => {
    await page.getByRole("button", { name: "A fleet" }).click();
    const drawn = await nodes();
    expect(drawn.length).toBeGreaterThan(50);
    expect(drawn.length).toBeLessThan(400);
    expect(drawn.filter((text) => /^… [\d,]+ more$/.test(text)).length).toBeGreaterThan(0);
    expect(await nodes(".matched")).toEqual(["start", "site4", "# #1", "+", "temperature #6"]);
    expect(await page.locator("#unlisted").textContent()).toMatch(/^and \d+ more$/);
    expect(await page.evaluate("window.trie.scrollHeight > window.trie.clientHeight")).toBe(true);
  });

  it.each(EXAMPLES)("has the example %s", async (name, matching) => {
    await page.getByRole("button", { name, exact: true }).click();
    expect(await matches()).toEqual(matching);
  });

  it("measures both in a worker, while the page goes on", { timeout: SPEED_MILLISECONDS }, async () => {
    await page.getByLabel("Number of filters").selectOption("100");
    await page.getByRole("button", { name: "Measure" }).click();
    await topic().fill("lights/hall/state");
    expect(await matches()).toEqual(["lights/hall/state", "#"]);
    const rows = page.locator("#speed-results tbody tr");
    await rows.nth(1).waitFor({ timeout: SPEED_MILLISECONDS });
    expect(await page.locator("#speed-state").textContent()).toContain("Both found the same for 4,096 topic names");
    for (const cells of [await rows.nth(0).textContent(), await rows.nth(1).textContent()]) {
      expect(cells).toMatch(/^(ternmq\/matcher|JavaScript Map trie)[1-9][\d,]{4,}[\d.]+ ms$/);
    }
  });

  it("stops a measurement when asked to", async () => {
    await page.getByLabel("Number of filters").selectOption("300000");
    await page.getByRole("button", { name: "Measure" }).click();
    await page.getByRole("button", { name: "Stop" }).click();
    expect(await page.locator("#speed-state").textContent()).toBe("Stopped.");
    expect(await page.getByRole("button", { name: "Measure" }).isEnabled()).toBe(true);
    await expect.poll(() => page.workers(), { timeout: WORKER_MILLISECONDS }).toEqual([]);
  });

  it("fits a phone, in light and dark", async () => {
    const grounds = new Set<unknown>();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.context().close();
      await open({ viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true, colorScheme });
      for (const [name] of EXAMPLES) {
        await page.getByRole("button", { name, exact: true }).tap();
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(320);
      }
      await filter().fill(`+${"name".repeat(100)}/#`);
      await page.keyboard.press("Enter");
      const list = "document.getElementById('matches')";
      expect(await page.evaluate(`${list}.scrollWidth - ${list}.clientWidth`)).toBe(0);
      await filter().fill("x".repeat(65_536));
      expect(await page.locator("#filter-flaw").textContent()).toContain("too-long");
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(320);
      grounds.add(await page.evaluate("getComputedStyle(document.body).backgroundColor"));
    }
    expect(grounds.size).toBe(2);
  });
});
