// Runs the long form of a story from the command line: tells how it goes, undoes everything, and ends the process.
import { CleanUps } from '../support/clean-ups.ts'

/** `right` is what is said of a story that came to its end. */
export async function runLongForm(
  story: (cleanUps: CleanUps, tell: (line: string) => void) => Promise<void>,
  right: string,
): Promise<never> {
  const begin = performance.now()
  const cleanUps = new CleanUps()
  try {
    await story(cleanUps, (line) => console.log(line))
    console.log(`${right}, after ${Math.round((performance.now() - begin) / 1000)} s`)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  } finally {
    await cleanUps.run()
  }
  process.exit()
}
