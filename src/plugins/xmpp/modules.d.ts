// The library's modules, which have no types of their own: `library.ts` gives them the faces that are used here.
declare module '@xmpp/connection-tcp' {
  const module: unknown
  export default module
}
declare module '@xmpp/xml' {
  const module: unknown
  export default module
  export const Parser: unknown
}
declare module '@xmpp/iq/callee.js' {
  const module: unknown
  export default module
}
declare module '@xmpp/iq/caller.js' {
  const module: unknown
  export default module
}
declare module '@xmpp/middleware' {
  const module: unknown
  export default module
}
declare module '@xmpp/resource-binding' {
  const module: unknown
  export default module
}
declare module '@xmpp/sasl' {
  const module: unknown
  export default module
}
declare module '@xmpp/stream-features' {
  const module: unknown
  export default module
}
declare module 'saslmechanisms' {
  const module: unknown
  export default module
}
