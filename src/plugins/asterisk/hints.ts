// What a hint of the dialplan names: `PJSIP/110&Custom:DND110,CustomPresence:110` (pure).

export interface Hint {
  readonly exten: string
  /** The devices before the comma. */
  readonly devices: readonly string[]
  /** The presence providers behind it. */
  readonly presences: readonly string[]
}

export function readHint(exten: string, text: string): Hint {
  const comma = text.indexOf(',')
  const devices = comma === -1 ? text : text.slice(0, comma)
  return { exten, devices: names(devices, deviceKey), presences: comma === -1 ? [] : names(text.slice(comma + 1)) }
}

/** Under which name a device's state is kept: technologies (`pjsip/110`) are known in any case, all else to the letter. */
export function deviceKey(device: string): string {
  const slash = device.indexOf('/')
  return slash === -1 ? device : device.slice(0, slash).toUpperCase() + device.slice(slash)
}

/** FreePBX puts a switch for "do not disturb" into a hint beside the phones. */
export function isDoNotDisturb(device: string): boolean {
  return device.startsWith('Custom:DND')
}

function names(text: string, key = (name: string) => name): string[] {
  const all = text.split(/[&,]/).map((name) => key(name.trim()))
  return [...new Set(all.filter((name) => name !== ''))]
}
