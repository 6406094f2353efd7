// Whether the pages of an LMDB file hold together. LMDB trusts them blindly, and a damaged file can end the process.
import { type FileHandle, open } from 'node:fs/promises'
import { endianness } from 'node:os'

/*
 * The layout, as in mdb.c of the lmdb package (data format 2, 64 bit, little endian). A page begins with a header: its number
 * (8 bytes), transaction (8), padding (2), flags (2), and the bounds of its free space (2 + 2, counted from the end of the
 * header; in an overflow page how many there are). Pages 0 and 1 are the meta pages; the newer one names the roots of two
 * trees, the free list and the data.
 */
const HEADER = 24
const BRANCH = 1
const LEAF = 2
const OVERFLOW = 4
const META = 8
const KINDS = BRANCH | LEAF | OVERFLOW | META
/** A node in a page: size or page number (4 bytes), flags (2), length of the key (2), the key, the data. */
const NODE = 8
/** The node's data is elsewhere: the first overflow page (8 bytes), transaction (8), number of pages (8). */
const BIG_DATA = 1
const BIG_DATA_SIZE = 24
const MAGIC = 0xbeefc0de
const DATA_FORMAT = 2
const META_SIZE = 168
const ROOTS = [
  { depth: 54, root: 88 },
  { depth: 102, root: 136 },
] as const
const NEWEST = 152
const NO_ROOT = 0xffffffffffffffffn
/** How much is read at once, in bytes; a multiple of every page size. */
const BLOCK = 1024 * 1024

/** A page that looks sound by itself, and the pages that it refers to. */
interface Page {
  readonly kind: number
  readonly children: readonly number[]
  /** For leaves: the overflow pages of large values. */
  readonly large: readonly { readonly first: number; readonly pages: number }[]
}

interface Meta {
  readonly pageSize: number
  readonly transaction: bigint
  readonly trees: readonly { readonly depth: number; readonly root: bigint }[]
}

/** What is wrong with the file, as the end of a sentence that begins with "it"; undefined when nothing is. Changes nothing. */
export async function damage(file: string): Promise<string | undefined> {
  // The layout differs on other machines; there LMDB itself must find out.
  if (endianness() !== 'LE' || !['x64', 'arm64'].includes(process.arch)) return undefined
  const handle = await open(file, 'r')
  try {
    const meta = await newestMeta(handle)
    if (typeof meta === 'string') return meta
    const pages = await readPages(handle, meta.pageSize)
    for (const { depth, root } of meta.trees) {
      if (root === NO_ROOT) continue
      const found = brokenPage(pages, Number(root), depth)
      if (found !== undefined) return found < pages.length ? `has a damaged page, number ${found}` : 'is cut off'
    }
    return undefined
  } finally {
    await handle.close()
  }
}

async function newestMeta(handle: FileHandle): Promise<Meta | string> {
  const first = await metaAt(handle, 0)
  if (typeof first === 'string') return first
  const second = await metaAt(handle, first.pageSize)
  if (typeof second === 'string') return second
  if (second.pageSize !== first.pageSize) return 'has damaged meta pages'
  return second.transaction > first.transaction ? second : first
}

async function metaAt(handle: FileHandle, position: number): Promise<Meta | string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(META_SIZE), 0, META_SIZE, position)
  if (bytesRead < META_SIZE) return 'is cut off'
  if (buffer.readUInt32LE(HEADER) !== MAGIC || !(buffer.readUInt16LE(18) & META)) return 'is not an LMDB database'
  if ((buffer.readUInt32LE(28) & 0xffff) !== DATA_FORMAT) return 'has an LMDB data format that this version cannot read'
  const pageSize = buffer.readUInt32LE(48)
  if (![512, 1024, 2048, 4096, 8192, 16384, 32768, 65536].includes(pageSize)) return 'has a damaged meta page'
  const trees = ROOTS.map(({ depth, root }) => ({
    depth: buffer.readUInt16LE(depth),
    root: buffer.readBigUInt64LE(root),
  }))
  return { pageSize, transaction: buffer.readBigUInt64LE(NEWEST), trees }
}

/** All pages in the order of the file; undefined for those that can't be part of a tree (free ones may be anything). */
async function readPages(handle: FileHandle, pageSize: number): Promise<(Page | undefined)[]> {
  const pages: (Page | undefined)[] = []
  const block = Buffer.allocUnsafe(BLOCK)
  for (;;) {
    const { bytesRead } = await handle.read(block, 0, BLOCK, pages.length * pageSize)
    const whole = Math.floor(bytesRead / pageSize)
    for (let index = 0; index < whole; index += 1) {
      pages.push(parsePage(block.subarray(index * pageSize, (index + 1) * pageSize), pages.length))
    }
    if (whole === 0) return pages
  }
}

const LEAF_ALONE: Page = { kind: LEAF, children: [], large: [] }

function parsePage(page: Buffer, number: number): Page | undefined {
  if (page.readUInt32LE(0) + page.readUInt32LE(4) * 2 ** 32 !== number) return undefined
  const kind = page.readUInt16LE(18) & KINDS
  if (kind === OVERFLOW) return { kind, children: [], large: [] }
  if (kind !== LEAF && kind !== BRANCH) return undefined
  const lower = page.readUInt16LE(20)
  const upper = page.readUInt16LE(22)
  if (lower > upper || lower % 2 !== 0 || upper > page.length - HEADER) return undefined
  const children: number[] = []
  const large: { first: number; pages: number }[] = []
  for (let at = HEADER; at < HEADER + lower; at += 2) {
    const node = HEADER + page.readUInt16LE(at)
    if (node + NODE > page.length) return undefined
    const size = page.readUInt32LE(node)
    const flags = page.readUInt16LE(node + 4)
    const data = node + NODE + page.readUInt16LE(node + 6)
    if (kind === BRANCH) {
      if (data > page.length) return undefined
      children.push(size + flags * 2 ** 32)
    } else if (data + (flags & BIG_DATA ? BIG_DATA_SIZE : size) > page.length) return undefined
    else if (flags & BIG_DATA) {
      const first = Number(page.readBigUInt64LE(data))
      const pages = Number(page.readBigUInt64LE(data + 16))
      if (pages * page.length < HEADER + size) return undefined
      large.push({ first, pages })
    }
  }
  return kind === LEAF && large.length === 0 ? LEAF_ALONE : { kind, children, large }
}

/** The first page below a root that isn't what it should be, or that is reached twice. */
function brokenPage(pages: readonly (Page | undefined)[], root: number, depth: number): number | undefined {
  const seen = new Uint8Array(pages.length)
  const waiting = [{ number: root, depth }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { number, depth } = next
    const page = pages[number]
    if (page === undefined || seen[number] === 1 || page.kind !== (depth === 1 ? LEAF : BRANCH)) return number
    seen[number] = 1
    for (const child of page.children) waiting.push({ number: child, depth: depth - 1 })
    for (const { first, pages: count } of page.large) {
      if (pages[first]?.kind !== OVERFLOW) return first
      if (first + count > pages.length) return first + count - 1
    }
  }
  return undefined
}
