// How far V8's heap may grow beyond what is in use before it is collected.
import { setFlagsFromString } from 'node:v8'

/**
 * In percent of what is in use after a collection. Left to itself V8 lets the heap become up to four times as large, by how fast things
 * are going, so that the memory of a busy daemon creeps up for hours although nothing leaks. Collections are a little more frequent so, and
 * each still takes milliseconds, since most of the work is done beside the program. V8 reads this at each collection.
 */
const GROWTH = 50

export function boundHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`)
}
