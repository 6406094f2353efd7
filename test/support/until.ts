// Waits for what no event tells of.

/** Asks again and again, as long as the test may take; with the test's own signal also not longer, so that its process can end. */
export async function until(holds: () => Promise<boolean> | boolean, signal?: AbortSignal): Promise<void> {
  while (!(await holds())) {
    signal?.throwIfAborted()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
