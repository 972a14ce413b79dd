/**
 * Does all `jobs`, `atOnce` of them at the same time, in their order; each is told the number of the place where it runs, from
 * 0 up to `atOnce`, which no other job has meanwhile. The first that fails ends it: no further job begins.
 */
export async function inPlaces<Result>(
  jobs: readonly ((place: number) => Promise<Result>)[],
  atOnce: number,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = [...jobs.entries()];
  const work = async (place: number) => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [nth, job] = next;
      try {
        results[nth] = await job(place);
      } catch (error) {
        waiting.length = 0;
        throw error;
      }
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: atOnce }, (_, place) => work(place)));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return results;
}
