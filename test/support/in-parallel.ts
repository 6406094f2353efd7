// Runs many asynchronous jobs, a bounded number at a time.

/** Resolves with the results in the order of the items; rejects with the first failure. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  limit: number,
  job: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  let next = 0
  const worker = async () => {
    for (;;) {
      const index = next++
      const item = items[index]
      if (item === undefined) return
      results[index] = await job(item)
    }
  }
  await Promise.all(Array.from({ length: limit }, worker))
  return results
}
