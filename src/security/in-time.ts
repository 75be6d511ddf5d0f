/** What a user's own code answers, which may never come. @throws {Error} by the promise, when it takes longer */
export async function inTime<T>(answer: T | Promise<T>, milliseconds: number): Promise<T> {
  if (!(answer instanceof Promise)) return answer;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`there was no answer within ${milliseconds} ms`)), milliseconds).unref();
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
