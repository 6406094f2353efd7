// Runs ejabberd's administration commands through its HTTP interface (mod_http_api), written as for ejabberdctl or by name.

/** The arguments of the commands in the order in which ejabberdctl takes them. */
const ARGUMENTS = new Map([
  ['srg_create', ['group', 'host', 'label', 'description', 'display']],
  ['srg_user_add', ['user', 'host', 'group', 'grouphost']],
])

/** Resolves with the command's answer; rejects with what ejabberd says against it. */
export async function ejabberdCommand(
  apiPort: number,
  name: string,
  args: Readonly<Record<string, string>>,
): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${apiPort}/api/${name}`, { method: 'POST', body: JSON.stringify(args) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`ejabberd ${name} ${JSON.stringify(args)}: ${answer.status} ${text}`)
  return text
}

/** Runs lines such as `ejabberdctl srg_create bot example.com Bot "The bot" all`, one after the other. */
export async function runEjabberdctlLines(apiPort: number, lines: string): Promise<void> {
  for (const line of lines.split('\n').filter((line) => line.trim() !== '')) {
    const [program, name = '', ...values] = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(
      (word) => word[1] ?? word[2] ?? '',
    )
    const names = ARGUMENTS.get(name)
    if (program !== 'ejabberdctl' || names === undefined || names.length !== values.length) {
      throw new Error(`a line that ejabberdctl would not take: ${line}`)
    }
    await ejabberdCommand(apiPort, name, Object.fromEntries(names.map((key, index) => [key, values[index] ?? ''])))
  }
}
