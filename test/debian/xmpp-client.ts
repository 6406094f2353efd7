// Logs in to an XMPP server on this machine over STARTTLS, says that somebody is there, and stays: `xmpp-client.ts DOMAIN NAME PASSWORD`.
import { connect as connectPlainly, type Socket } from 'node:net'
import { connect } from 'node:tls'

const [domain = '', name = '', password = ''] = process.argv.slice(2)
const HEADER = `<?xml version='1.0'?><stream:stream to='${domain}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`

/** Sends, and waits for what comes to match. */
function ask(socket: Socket, text: string, answer: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let come = ''
    const look = (bytes: Buffer): void => {
      come += bytes.toString()
      if (!answer.test(come)) return
      socket.off('data', look)
      resolve()
    }
    socket.on('data', look).once('error', reject)
    socket.write(text)
  })
}

const plain = connectPlainly(5222, '127.0.0.1')
await ask(plain, HEADER, /<\/stream:features>/)
await ask(plain, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", /<proceed/)
// Whoever it is: this is the trial's own server.
const socket = connect({ socket: plain, servername: domain, rejectUnauthorized: false })
await ask(socket, HEADER, /<\/stream:features>/)
const login = Buffer.from(`\0${name}\0${password}`).toString('base64')
await ask(socket, `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${login}</auth>`, /<success/)
await ask(socket, HEADER, /<\/stream:features>/)
await ask(socket, "<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", /<jid>/)
// As long as it is wanted.
socket.write('<presence><status>at my desk</status></presence>')
console.log('logged in')
