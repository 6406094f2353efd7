// The modules of xmpp.js that the client is composed of, with a typed face of what is used here (version 0.14 has no types).
import type { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import connectionTcp from '@xmpp/connection-tcp'
import iqCallee from '@xmpp/iq/callee.js'
import iqCaller from '@xmpp/iq/caller.js'
import middleware from '@xmpp/middleware'
import resourceBinding from '@xmpp/resource-binding'
import sasl from '@xmpp/sasl'
import streamFeatures from '@xmpp/stream-features'
import xmlModule, { Parser as xmlParser } from '@xmpp/xml'
import saslMechanisms from 'saslmechanisms'

/** An element as the library's parser (ltx) builds it. */
export interface XmlElement {
  /** With its prefix, if any. */
  readonly name: string
  readonly attrs: { [name: string]: string | undefined }
  readonly children: readonly (XmlElement | string)[]
  is(name: string, namespace?: string): boolean
  getChild(name: string, namespace?: string): XmlElement | undefined
  getChildElements(): XmlElement[]
  getText(): string
  toString(): string
}

type Attributes = { readonly [name: string]: string | undefined }

/** Makes an element; an attribute that is undefined is left out. */
export const xml = xmlModule as (
  name: string,
  attributes?: Attributes,
  ...children: (XmlElement | string | undefined)[]
) => XmlElement

/** Emits `start`, `element` (a child of the root, complete), `end` and `error`. */
export interface XmlParser extends EventEmitter {
  onStartElement(name: string, attributes: Attributes): void
  onEndElement(name: string): void
  onText(text: string): void
  write(text: string): void
}
export const XmlParser = xmlParser as new () => XmlParser

/** What a stream is opened with: the domain that is asked for. */
export interface StreamOptions {
  readonly domain: string
}

/** An XMPP stream over a socket. The names with an underscore are the library's own, which its modules share. */
export interface LibraryConnection extends EventEmitter {
  /** How long the library waits for an answer, in real milliseconds. */
  timeout: number
  socket: Duplex | null
  parser: XmlParser | null
  Parser: new () => XmlParser
  NS: string
  open(options: StreamOptions): Promise<XmlElement>
  send(element: XmlElement): Promise<void>
  write(text: string): Promise<void>
  restart(): Promise<XmlElement>
  isSecure(): boolean
  header(element: XmlElement): string
  _attachSocket(socket: Duplex): void
  _detachSocket(): void
  _attachParser(parser: XmlParser): void
  _detachParser(): void
  _onData(text: string): void
  _onElement(element: XmlElement): void
}
export const LibraryConnection = connectionTcp as new (
  options: StreamOptions & { readonly timeout: number },
) => LibraryConnection

/** What a middleware is told of an element. */
export interface Incoming {
  readonly stanza: XmlElement
  /** The child of an iq. */
  readonly element?: XmlElement
}
type Next = () => Promise<unknown>
export interface Middleware {
  use(handler: (incoming: Incoming, next: Next) => unknown): void
}
export const createMiddleware = middleware as (around: { entity: LibraryConnection }) => Middleware

export interface StreamFeatures {
  use(name: string, namespace: string, handler: (incoming: Incoming, next: Next, feature: XmlElement) => unknown): void
}
export const createStreamFeatures = streamFeatures as (around: { middleware: Middleware }) => StreamFeatures

interface Around {
  readonly middleware: Middleware
  readonly entity: LibraryConnection
}
interface Pending {
  reject(error: Error): void
}
export interface IqCaller {
  /** The requests without an answer, by id. */
  readonly handlers: Map<string, Pending>
  /** The answer, a result; an error answer rejects with the library's StanzaError. */
  request(iq: XmlElement, milliseconds: number): Promise<XmlElement>
  set(child: XmlElement, to?: string, milliseconds?: number): Promise<XmlElement | undefined>
}
export const createIqCaller = iqCaller as (around: Around) => IqCaller

export interface IqCallee {
  /** The handler's element becomes the result's child; undefined refuses the request. */
  get(namespace: string, name: string, handler: (incoming: Incoming) => object | undefined): void
  set(namespace: string, name: string, handler: (incoming: Incoming) => object | undefined): void
}
export const createIqCallee = iqCallee as (around: Around) => IqCallee

/** A SASL mechanism as the factory of `saslmechanisms` wants it; texts are octets, one a character. */
export interface Mechanism {
  readonly name: string
  readonly clientFirst: boolean
  challenge(text: string): void
  response(credentials: unknown): string | Promise<string>
}
export interface SaslFactory {
  use(name: string, mechanism: new () => Mechanism): void
}
export const SaslFactory = saslMechanisms as new () => SaslFactory

type Authenticate = (
  done: (credentials: object, mechanism: string) => Promise<void>,
  offered: string[],
) => Promise<void>
export const useSasl = sasl as (
  around: { readonly streamFeatures: StreamFeatures; readonly saslFactory: SaslFactory },
  authenticate: Authenticate,
) => void

/** Binds the resource once the server offers it; the stream then emits `online` with the full JID. */
export const useBind = resourceBinding as (
  around: { readonly streamFeatures: StreamFeatures; readonly iqCaller: IqCaller },
  resource: string,
) => void
