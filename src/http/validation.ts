// Validates what was asked against a schema, and says in a sentence what is wrong, and where.
import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import type { ProblemExtras } from './problem.ts'
import { Problem, pointer } from './problem.ts'
import { grouped, type SchemaFacts, schemaInWords } from './schema-words.ts'

/** Where the values come from: only what is in a body can be pointed at. */
export type Place = 'body' | 'query'

/** A place in a value: what it is called, and what the schema says of it. */
interface Spot {
  readonly name: string
  readonly schema: SchemaFacts
}

/** A check of values against this schema: returns the value, or throws a Problem about the first mistake in it. */
export function validator<Schema extends TSchema>(schema: Schema, place: Place): (value: unknown) => Static<Schema> {
  const compiled = Compile(schema)
  return (value) => {
    if (compiled.Check(value)) return value as Static<Schema>
    const [first] = compiled.Errors(value)
    const [, ...steps] = (first?.instancePath ?? '').split('/')
    if (first?.keyword === 'required') steps.push(first.params.requiredProperties[0] ?? '')
    const extras: ProblemExtras = place === 'body' ? { pointer: pointer(...steps) } : {}
    const spot = spotAt(schema, steps)
    if (first?.keyword === 'maxItems') {
      const limit = grouped(first.params.limit)
      throw new Problem(413, `${spot.name} has more than ${limit} entries; send them in several requests.`, extras)
    }
    throw new Problem(400, `${spot.name} must be ${schemaInWords(spot.schema)}.`, extras)
  }
}

/** Only names of the schema are in such a path: other members are not looked at. */
function spotAt(root: SchemaFacts, steps: readonly string[]): Spot {
  let spot: Spot = { name: 'It', schema: root }
  let list = ''
  for (const step of steps) {
    const { items, properties } = spot.schema
    if (items === undefined) list = step
    spot =
      items === undefined
        ? { name: `The ${step}`, schema: properties?.[step] ?? {} }
        : { name: `Each of ${list}`, schema: items }
  }
  return spot
}
