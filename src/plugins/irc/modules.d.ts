// The library, which has no types of its own: `library.ts` gives it the face that is used here.
declare module 'irc-framework' {
  const module: unknown
  export default module
}
