import { expect, it } from "vitest";
import { BoundedWork } from "../../../src/security/bounded-work.ts";
import { holdTime, pass } from "../../support/time.ts";

/** Tasks that end when they are told to. */
function tasks() {
  const started: number[] = [];
  const ends: (() => void)[] = [];
  const start = (number: number) => () => {
    started.push(number);
    return new Promise<number>((resolve) => {
      ends[number] = () => resolve(number);
    });
  };
  return { started, start, end: (number: number) => ends[number]?.() };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it("does a few at a time, the others in their order, and refuses what is beyond", async () => {
  const work = new BoundedWork({ concurrency: 2, maximumWaiting: 2, maximumWait: 1_000 });
  const { started, start, end } = tasks();
  const running = [0, 1, 2, 3].map((number) => work.run(start(number)));
  await expect(work.run(start(4))).rejects.toMatchObject({ reasonCode: 0x89 });
  await turn();
  expect(started).toEqual([0, 1]);
  end(1);
  expect(await running[1]).toBe(1);
  await turn();
  expect(started).toEqual([0, 1, 2]);
  const late = work.run(start(5));
  end(0);
  end(2);
  await turn();
  end(3);
  await turn();
  end(5);
  expect(await Promise.all([...running, late])).toEqual([0, 1, 2, 3, 5]);
  expect(work.waiting).toBe(0);
});

it("goes on after a task that fails, with nothing of it left", async () => {
  const work = new BoundedWork({ concurrency: 1, maximumWaiting: 1_000, maximumWait: 1_000 });
  const failing = Array.from({ length: 1_000 }, () => work.run(() => Promise.reject(new Error("broken"))));
  for (const each of failing) await expect(each).rejects.toThrow("broken");
  expect(await work.run(async () => "fine")).toBe("fine");
});

it("does not begin what waited for longer than anybody waits", async () => {
  holdTime();
  const work = new BoundedWork({ concurrency: 1, maximumWaiting: 10, maximumWait: 1_000 });
  const { started, start, end } = tasks();
  const first = work.run(start(0));
  const old = work.run(start(1));
  pass(1.5);
  const young = work.run(start(2));
  end(0);
  await first;
  await expect(old).rejects.toMatchObject({ reasonCode: 0x89 });
  await turn();
  expect(started).toEqual([0, 2]);
  end(2);
  expect(await young).toBe(2);
});
