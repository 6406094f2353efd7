// Schemas in words: the same for the refusals and for the page that people read.

/** The keywords that are put into words here; a schema of TypeBox has them. */
export interface SchemaFacts {
  readonly type?: string
  readonly format?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly SchemaFacts[]
  readonly items?: SchemaFacts
  readonly properties?: Readonly<Record<string, SchemaFacts>>
  readonly required?: readonly string[]
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly maxItems?: number
}

/** What a value must be, as the end of a sentence: `a string of 1 to 1,024 characters`. */
export function schemaInWords(schema: SchemaFacts): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(schemaInWords).join(', or ')
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  switch (schema.type) {
    case 'null':
      return 'null'
    case 'string':
      return schema.format === 'date-time' ? 'a time' : `a string${lengthInWords(schema)}`
    case 'integer':
      return `a whole number${boundsInWords(schema)}`
    case 'boolean':
      return 'true or false'
    case 'array':
      return `an array${schema.maxItems === undefined ? '' : ` of at most ${grouped(schema.maxItems)} items`}`
    default:
      return 'an object'
  }
}

function lengthInWords({ minLength = 0, maxLength }: SchemaFacts): string {
  if (maxLength === undefined) return minLength === 0 ? '' : ' that is not empty'
  if (minLength === 0) return ` of at most ${grouped(maxLength)} characters`
  return ` of ${minLength} to ${grouped(maxLength)} characters`
}

function boundsInWords({ minimum, maximum }: SchemaFacts): string {
  if (minimum === undefined) return ''
  return maximum === undefined ? ` from ${minimum} on` : ` from ${minimum} to ${grouped(maximum)}`
}

/** A number as people read it. */
export function grouped(value: number): string {
  return value.toLocaleString('en')
}
