/** Chats as tests and the gallery want them: a state that is given, and actions that are noted. */

import { nothing } from '../../chat/customer/model';
import type { Item } from '../../chat/item';
import type { Chat, ChatState, Start } from '../../chat/customer/state';

export const idle: ChatState = { ...nothing.chat, line: 'live' };

export const me = { id: 'me', name: 'Ada', role: 'CUSTOMER' } as const;
export const ana = { id: 'ana', name: 'Ana', role: 'AGENT' } as const;
export const bot = { id: 'bot', name: 'BOT', role: 'SYSTEM' } as const;
export const system = { id: 'system', name: 'SYSTEM_MESSAGE', role: 'SYSTEM' } as const;

let made = 0;

export function item(author: Item['author'], content: string, at: string, more: Partial<Item> = {}): Item {
  made++;
  return { id: `item-${made}`, at, kind: 'message', contentType: 'text/plain', content, author, contact: 'c', initialContact: 'c', receipt: null, ...more };
}

export function event(author: Item['author'], name: string, at: string): Item {
  return item(author, '', at, { kind: 'event', contentType: `application/vnd.amazonaws.connect.event.${name}` });
}

export function open(items: readonly Item[], more: Partial<ChatState> = {}): ChatState {
  return { ...idle, phase: 'open', contact: 'c', me: 'me', items, people: [ana], ...more };
}

/** A chat whose state a test sets, and which notes what was done to it. */
export class FakeChat implements Chat {
  readonly done: unknown[][] = [];
  private readonly listeners = new Set<() => void>();

  constructor(public state: ChatState) {}

  set(more: Partial<ChatState>): void {
    this.state = { ...this.state, ...more };
    for (const listener of this.listeners) listener();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  resume = async () => (this.note('resume'), this.state.phase === 'open');
  start = async (start: Start) => this.note('start', start);
  send = (content: string, contentType?: string) => this.note('send', content, contentType);
  sendFile = (file: File) => this.note('sendFile', file.name);
  retry = (key: string) => this.note('retry', key);
  discard = (key: string) => this.note('discard', key);
  typing = () => this.note('typing');
  seen = (visible: boolean) => this.note('seen', visible);
  more = async () => this.note('more');
  fileUrl = async (attachment: string) => (this.note('fileUrl', attachment), null);
  view = async (token: string): Promise<unknown> => (this.note('view', token), null);
  end = async () => this.note('end');
  reset = () => this.set({ ...idle });
  close = () => this.note('close');

  private note(...what: unknown[]): void {
    this.done.push(what);
  }
}
